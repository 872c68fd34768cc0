#include "imaging/render/image_renderer.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "core/error.h"
#include "imaging/codec/jpeg.h"
#include "tests/imaging/encoders.h"

namespace lockstep {
namespace {

Encoded file_bytes(const std::string& name) {
  std::ifstream file(std::string(LOCKSTEP_TEST_DATA) + "/" + name, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  EXPECT_FALSE(bytes.empty()) << name;
  const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
  return {first, first + bytes.size()};
}

Image decoded(const Encoded& encoded, int channels) {
  Image image;
  decode(encoded, image, channels);
  return image;
}

Pixels pixels_of(const Image& image) {
  return {image.view().pixels, image.view().pixels + image.size_bytes()};
}

struct Box {
  double left, top, right, bottom;
};

Homography map_of(const Box& box, int height, int width) {
  return translation(box.left, box.top) *
         scaling((box.right - box.left) / width, (box.bottom - box.top) / height);
}

Pixels rendered(const StoredImage& image, const Homography& map, int height, int width,
                int channels, Border border = Border::black) {
  ImageRenderer renderer;
  renderer.open(image);
  Pixels pixels(std::size_t(height * width * channels), 99);
  renderer.render(map, border, {pixels.data(), height, width, channels});
  return pixels;
}

/// Weights of one output pixel as Pillow's BILINEAR makes them, in doubles.
std::vector<double> pillow_weights(double begin, double step, int i, int size) {
  const double support = std::max(1.0, step);
  const double centre = begin + step * (i + 0.5);
  std::vector<double> weights(std::size_t(size), 0.0);
  double sum = 0;
  for (int k = 0; k < size; ++k) {
    weights[std::size_t(k)] = std::max(0.0, 1 - std::abs(k + 0.5 - centre) / support);
    sum += weights[std::size_t(k)];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// What Pillow's resize of the wholly decoded image gives, but for its rounding between the axes.
Pixels pillow_resize(const ImageView& image, const Box& box, int height, int width) {
  const int channels = image.channels;
  std::vector<double> rows(std::size_t(height * image.width * channels), 0.0);
  for (int y = 0; y < height; ++y) {
    const auto weights = pillow_weights(box.top, (box.bottom - box.top) / height, y, image.height);
    for (int k = 0; k < image.height; ++k) {
      if (weights[std::size_t(k)] == 0) continue;
      for (int i = 0; i < image.width * channels; ++i) {
        rows[std::size_t(y * image.width * channels + i)] +=
            weights[std::size_t(k)] * image.row(k)[i];
      }
    }
  }
  Pixels out(std::size_t(height * width * channels));
  for (int x = 0; x < width; ++x) {
    const auto weights = pillow_weights(box.left, (box.right - box.left) / width, x, image.width);
    for (int y = 0; y < height; ++y) {
      for (int c = 0; c < channels; ++c) {
        double sum = 0;
        for (int k = 0; k < image.width; ++k) {
          if (weights[std::size_t(k)] == 0) continue;
          sum += weights[std::size_t(k)] * rows[std::size_t((y * image.width + k) * channels + c)];
        }
        out[std::size_t((y * width + x) * channels + c)] = static_cast<std::uint8_t>(sum + 0.5);
      }
    }
  }
  return out;
}

double mean_difference(const Pixels& a, const Pixels& b) {
  EXPECT_EQ(a.size(), b.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(int{a[i]} - int{b[i]});
  return sum / static_cast<double>(a.size());
}

int largest_difference(const Pixels& a, const Pixels& b) {
  EXPECT_EQ(a.size(), b.size());
  int largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(int{a[i]} - int{b[i]}));
  }
  return largest;
}

constexpr double kBound = 2.5;  // of 255

TEST(ImageRenderer, IsWithinTheBoundOfPillow) {
  std::ifstream cases(std::string(LOCKSTEP_TEST_DATA) + "/render_cases.txt");
  std::string photograph;
  std::string picture;
  Box box{};
  int width = 0;
  int height = 0;
  int seen = 0;
  while (cases >> photograph >> box.left >> box.top >> box.right >> box.bottom >> width >> height >>
         picture) {
    const Encoded jpeg = file_bytes(photograph + ".jpg");
    const Pixels pillow = pixels_of(decoded(file_bytes(picture), 3));
    const Pixels drawn = rendered({jpeg}, map_of(box, height, width), height, width, 3);
    EXPECT_LE(mean_difference(drawn, pillow), kBound) << picture;
    // The reference of the tests below is Pillow to rounding.
    const Pixels reference = pillow_resize(decoded(jpeg, 3).view(), box, height, width);
    EXPECT_LE(largest_difference(reference, pillow), 1) << picture;
    // From pixels rather than a JPEG, so is what is drawn.
    const Image image = decoded(jpeg, 3);
    const StoredImage raw{std::as_bytes(std::span(image.view().pixels, image.size_bytes())),
                          image.height(), image.width(), 3};
    EXPECT_LE(
        largest_difference(rendered(raw, map_of(box, height, width), height, width, 3), pillow), 1)
        << picture;
    ++seen;
  }
  EXPECT_EQ(seen, 9);
}

const std::vector<JpegLayout>& layouts() {
  static const std::vector<JpegLayout> all = {
      {},
      {.across = 2},
      {.across = 2, .down = 2},
      {.down = 2},
      {.across = 4},
      {.across = 2, .down = 2, .progressive = true},
      {.channels = 1},
      {.channels = 1, .progressive = true},
  };
  return all;
}

TEST(ImageRenderer, StaysInTheBoundForEveryLayoutAndScale) {
  for (const std::string photograph : {"china.jpg", "flower.jpg"}) {
    for (const JpegLayout& layout : layouts()) {
      const Image source = decoded(file_bytes(photograph), layout.channels);
      const int h = source.height();
      const int w = source.width();
      const Encoded jpeg = encode_jpeg_as(layout, pixels_of(source), h, w);
      const Image whole = decoded(jpeg, layout.channels);
      for (double scale : {12.0, 9.0, 8.0, 6.1, 4.0, 3.3, 2.7, 2.0, 1.6, 1.0, 0.7, 1 / 3.0}) {
        // The whole width, and a part in the middle.
        for (const Box& area : {Box{0, 0, double(w), double(h)}, Box{61, 43, 61 + 200, 43 + 160}}) {
          const int width = std::min(150, int((area.right - area.left) / scale));
          const int height = std::min(120, int((area.bottom - area.top) / scale));
          const Box box{area.left, area.top, area.left + width * scale, area.top + height * scale};
          const Pixels drawn =
              rendered({jpeg}, map_of(box, height, width), height, width, layout.channels);
          const double difference =
              mean_difference(drawn, pillow_resize(whole.view(), box, height, width));
          EXPECT_LE(difference, kBound) << photograph << " scale " << scale << ", " << layout.across
                                        << " x " << layout.down << ", " << layout.channels;
        }
      }
    }
  }
}

// With interpolated chroma the outermost columns of libjpeg-turbo's crops differ by up to 64
// levels; rows that are skipped from elsewhere than row 0 come twice (#915).
void expect_parts_of_the_whole(Chroma chroma) {
  const Image source = decoded(file_bytes("china.jpg"), 3);
  for (const JpegLayout& layout : layouts()) {
    if (layout.channels == 1) continue;
    const Encoded jpeg = encode_jpeg_as(layout, pixels_of(source), source.height(), source.width());
    JpegDecoder decoder;
    Image buffer;
    for (int reduction : {1, 2, 4, 8}) {
      decoder.open(jpeg);
      const int height = (source.height() + reduction - 1) / reduction;
      const int width = (source.width() + reduction - 1) / reduction;
      Image whole;
      const ImageView all = decoder.decode_part(reduction, chroma, {0, 0, height, width}, 3, whole);
      if (reduction == 1 && chroma == Chroma::interpolated) {
        EXPECT_EQ(pixels_of(whole), pixels_of(decoded(jpeg, 3)));
      }
      for (int offset = 0; offset < 20; ++offset) {
        for (int size = 1; size <= 18; ++size) {
          const PixelBox box{std::min(offset + 3, height - 1), std::min(offset, width - 1),
                             std::min(size, height - std::min(offset + 3, height - 1)),
                             std::min(size, width - std::min(offset, width - 1))};
          decoder.open(jpeg);
          const ImageView part = decoder.decode_part(reduction, chroma, box, 3, buffer);
          for (int y = 0; y < box.height; ++y) {
            ASSERT_TRUE(std::equal(part.row(y), part.row(y) + 3 * box.width,
                                   all.row(box.y + y) + 3 * box.x))
                << layout.across << " x " << layout.down << ", 1/" << reduction << ", at " << offset
                << ", " << size << " pixels, row " << y;
          }
        }
      }
    }
  }
}

TEST(JpegDecoder, APartIsThatPartOfTheWhole) { expect_parts_of_the_whole(Chroma::interpolated); }

TEST(JpegDecoder, SoItIsWhereChromaIsRepeated) { expect_parts_of_the_whole(Chroma::repeated); }

TEST(ImageRenderer, NeededRowsThatAreMissingAreAnError) {
  const Image source = decoded(file_bytes("china.jpg"), 3);
  for (bool progressive : {false, true}) {
    const Encoded whole = encode_jpeg_as({.across = 2, .down = 2, .progressive = progressive},
                                         pixels_of(source), source.height(), source.width());
    for (double part : {0.1, 0.3, 0.5, 0.7, 0.9}) {
      const auto size = static_cast<std::size_t>(part * static_cast<double>(whole.size()));
      const Encoded cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      const Homography bottom = translation(0, source.height() - 40);
      EXPECT_THROW(rendered({cut}, bottom, 40, 100, 3), Error) << part;
    }
    // What lies beyond the rows that are needed is not looked at, unless all scans must be read.
    const Encoded half(whole.begin(), whole.begin() + std::ptrdiff_t(whole.size() / 2));
    if (progressive) {
      EXPECT_THROW(rendered({half}, {}, 40, 100, 3), Error);
    } else {
      EXPECT_EQ(rendered({half}, {}, 40, 100, 3), rendered({whole}, {}, 40, 100, 3));
    }
  }
}

// A reduced image's last pixels blend with what the file's writer has filled its last blocks with
// (libjpeg-turbo #297). Here that is the opposite of the image: a larger image whose header says
// that it is smaller.
TEST(ImageRenderer, WhatIsBeyondTheImageIsNotShown) {
  constexpr int kShown = 117;
  for (const JpegLayout& layout : {JpegLayout{}, JpegLayout{.across = 2, .down = 2}}) {
    const int side = 8 * layout.across * ((kShown + 8 * layout.across - 1) / (8 * layout.across));
    Pixels pixels(std::size_t(side * side * 3), 255);
    for (int y = 0; y < kShown; ++y) std::fill_n(&pixels[std::size_t(y * side * 3)], kShown * 3, 0);
    Encoded jpeg = encode_jpeg_as(layout, pixels, side, side);
    const std::byte frame_header[] = {std::byte{0xff}, std::byte{0xc0}};
    const auto frame =
        std::search(jpeg.begin(), jpeg.end(), std::begin(frame_header), std::end(frame_header));
    ASSERT_NE(frame, jpeg.end());
    frame[6] = frame[8] = static_cast<std::byte>(kShown);
    for (int out : {100, 50, 40, 25, 12, 9}) {
      const Pixels drawn = rendered({jpeg}, map_of({0, 0, kShown, kShown}, out, out), out, out, 3);
      // What DCT and interpolated chroma spill over an edge of full contrast.
      EXPECT_LE(*std::max_element(drawn.begin(), drawn.end()), 40) << out;
    }
  }
}

TEST(ImageRenderer, FlipsAndTranspositionsAreExact) {
  const Encoded jpeg = file_bytes("flower.jpg");
  const Image image = decoded(jpeg, 3);
  const int h = image.height();
  const int w = image.width();
  for (bool transposed : {false, true}) {
    for (double sx : {1.0, -1.0}) {
      for (double sy : {1.0, -1.0}) {
        Homography map = translation(sx < 0 ? w : 0, sy < 0 ? h : 0) * scaling(sx, sy);
        if (transposed) map = map * Homography{{0, 1, 0, 1, 0, 0, 0, 0, 1}};
        const int out_h = transposed ? w : h;
        const int out_w = transposed ? h : w;
        const Pixels drawn = rendered({jpeg}, map, out_h, out_w, 3);
        for (int y = 0; y < out_h; ++y) {
          for (int x = 0; x < out_w; ++x) {
            const Point p = map({x + 0.5, y + 0.5});
            const std::uint8_t* wanted = image.view().row(int(p.y)) + 3 * int(p.x);
            ASSERT_TRUE(std::equal(wanted, wanted + 3, &drawn[std::size_t((y * out_w + x) * 3)]));
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace lockstep
