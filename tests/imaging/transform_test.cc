#include "imaging/transform.h"

#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"
#include "imaging/color.h"
#include "imaging/resize.h"

namespace lockstep {
namespace {

/// Pixels that tell their place: no two of a small image are alike.
Image numbered(int height, int width, int channels) {
  Image image;
  image.reshape(height, width, channels);
  for (int y = 0; y < height; ++y) {
    for (int i = 0; i < width * channels; ++i) {
      image.row(y)[i] = static_cast<std::uint8_t>(1 + (y * width * channels + i) % 255);
    }
  }
  return image;
}

TransformOptions options_for(int height, int width, int channels) {
  return {.height = height, .width = width, .channels = channels};
}

StoredImage raw(const Image& image) {
  return {{reinterpret_cast<const std::byte*>(image.view().pixels), image.size_bytes()},
          image.height(),
          image.width(),
          image.channels()};
}

std::vector<int> transformed(const Image& image, const TransformOptions& options,
                             const Augmentation& augmentation = {}) {
  ImageTransform transform(options);
  std::vector<std::uint8_t> pixels(transform.size(), 99);
  transform.apply(raw(image), augmentation, pixels);
  return {pixels.begin(), pixels.end()};
}

/// What Augmentation says, pixel by pixel.
std::vector<int> augmented_naively(const ImageView& image, const Augmentation& augmentation) {
  std::vector<int> values;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const int unflipped = augmentation.flip ? image.width - 1 - x : x;
      const int source_y = y + augmentation.shift_y;
      const int source_x = unflipped + augmentation.shift_x;
      const bool inside =
          source_y >= 0 && source_y < image.height && source_x >= 0 && source_x < image.width;
      for (int c = 0; c < image.channels; ++c) {
        values.push_back(inside ? image.row(source_y)[source_x * image.channels + c] : 0);
      }
    }
  }
  return values;
}

TEST(ImageTransform, ShiftsAndFlipsAsDrawn) {
  for (int channels : {1, 3}) {
    const Image image = numbered(5, 7, channels);
    for (int shift_y = -6; shift_y <= 6; ++shift_y) {
      for (int shift_x = -8; shift_x <= 8; ++shift_x) {
        for (bool flip : {false, true}) {
          const Augmentation augmentation{shift_y, shift_x, flip};
          ASSERT_EQ(transformed(image, options_for(5, 7, channels), augmentation),
                    augmented_naively(image.view(), augmentation))
              << shift_y << ' ' << shift_x << ' ' << flip;
        }
      }
    }
  }
}

TEST(ImageTransform, CropsTheCentreToTheTargetsShape) {
  // Same height, too wide: the middle columns, untouched.
  const Image wide = numbered(4, 10, 1);
  std::vector<int> expected;
  for (int y = 0; y < 4; ++y) {
    for (int x = 3; x < 7; ++x) expected.push_back(wide.view().row(y)[x]);
  }
  EXPECT_EQ(transformed(wide, options_for(4, 4, 1)), expected);

  const Image tall = numbered(10, 4, 3);
  expected.clear();
  for (int y = 3; y < 7; ++y) {
    for (int i = 0; i < 12; ++i) expected.push_back(tall.view().row(y)[i]);
  }
  EXPECT_EQ(transformed(tall, options_for(4, 4, 3)), expected);
}

TEST(ImageTransform, AveragesUnderATriangleToShrink) {
  const Image image = numbered(6, 9, 1);
  const std::vector<int> small = transformed(image, options_for(2, 3, 1));
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 3; ++x) {
      // As wide as the shrinking, three pixels to each side of the output pixel's centre.
      double sum = 0;
      double weights = 0;
      for (int v = 0; v < 6; ++v) {
        for (int u = 0; u < 9; ++u) {
          const double weight = std::max(0.0, 3.0 - std::abs(v - 3 * y - 1)) *
                                std::max(0.0, 3.0 - std::abs(u - 3 * x - 1));
          sum += weight * image.view().row(v)[u];
          weights += weight;
        }
      }
      EXPECT_NEAR(small[std::size_t(3 * y + x)], sum / weights, 0.52);
    }
  }
}

TEST(ImageTransform, InterpolatesToEnlarge) {
  Image ramp;
  ramp.reshape(4, 4, 1);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) ramp.row(y)[x] = static_cast<std::uint8_t>(40 * x + 20);
  }
  const std::vector<int> large = transformed(ramp, options_for(8, 8, 1));
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 8; ++x) {
      // Pixel centres: x + 1/2 of 8 lies at (x + 1/2) / 2 of 4.
      const double place = std::clamp((x + 0.5) / 2 - 0.5, 0.0, 3.0);
      EXPECT_NEAR(large[std::size_t(8 * y + x)], 40 * place + 20, 1.01);
    }
  }
}

TEST(ImageTransform, TakesImagesOfAnyShape) {
  for (auto [height, width] :
       {std::pair{1, 1}, {1, 500}, {500, 1}, {3, 1000}, {33, 31}, {64, 32}}) {
    const Image image = numbered(height, width, 3);
    const std::vector<int> out =
        transformed(image, options_for(32, 32, 3), {.shift_x = 5, .flip = true});
    EXPECT_EQ(out.size(), 32u * 32 * 3);
    // The padding; of a wide image, what lies beside the centre is seen instead.
    if (width <= height) {
      EXPECT_EQ(*std::min_element(out.begin(), out.end()), 0);
    }
    EXPECT_GE(*std::max_element(out.begin(), out.end()), 1);
  }
}

TEST(ImageTransform, ConvertsChannels) {
  const Image grey = numbered(3, 4, 1);
  const std::vector<int> as_rgb = transformed(grey, options_for(3, 4, 3));
  for (std::size_t i = 0; i < as_rgb.size(); ++i) EXPECT_EQ(as_rgb[i], grey.view().pixels[i / 3]);

  const Image rgb = numbered(3, 4, 3);
  const std::vector<int> as_grey = transformed(rgb, options_for(3, 4, 1));
  for (std::size_t i = 0; i < as_grey.size(); ++i) {
    const std::uint8_t* pixel = rgb.view().pixels + 3 * i;
    EXPECT_NEAR(as_grey[i], 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2], 0.51);
  }
}

TEST(Luma, OfEqualChannelsIsTheirValue) {
  for (unsigned value = 0; value < 256; ++value) EXPECT_EQ(luma(value, value, value), value);
}

TEST(DrawAugmentation, DrawsNothingByDefault) {
  RandomSequence random(1, RandomPurpose::augmentation, 0, 0);
  EXPECT_EQ(draw_augmentation({}, random), Augmentation{});
}

TEST(DrawAugmentation, IsAFunctionOfItsSequence) {
  const AugmentOptions options{.horizontal_flip = true, .crop_padding = 4};
  RandomSequence first(1, RandomPurpose::augmentation, 2, 3);
  RandomSequence again(1, RandomPurpose::augmentation, 2, 3);
  EXPECT_EQ(draw_augmentation(options, first), draw_augmentation(options, again));
}

TEST(DrawAugmentation, DrawsEveryCropAndFlipAlike) {
  const AugmentOptions options{.horizontal_flip = true, .crop_padding = 2};
  std::map<std::tuple<int, int, bool>, int> counts;
  const int draws = 50'000;
  for (int position = 0; position < draws; ++position) {
    RandomSequence random(1, RandomPurpose::augmentation, 0, std::uint64_t(position));
    const Augmentation drawn = draw_augmentation(options, random);
    ++counts[{drawn.shift_y, drawn.shift_x, drawn.flip}];
  }
  ASSERT_EQ(counts.size(), 50u);  // 5 x 5 places, flipped or not
  for (const auto& [drawn, count] : counts) EXPECT_NEAR(count, draws / 50, 160);  // 5 sigma
  EXPECT_EQ(std::get<0>(counts.begin()->first), -2);
  EXPECT_EQ(std::get<0>(counts.rbegin()->first), 2);
}

}  // namespace
}  // namespace lockstep
