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
  return {.height = height, .width = width, .channels = channels, .mean = {0}, .std = {1.0f / 255}};
}

/// The transform's output with values of 0 to 255, rounded.
std::vector<int> transformed(const ImageView& image, const TransformOptions& options,
                             const Augmentation& augmentation = {}) {
  ImageTransform transform(options);
  std::vector<float> floats(transform.size(), -1);
  transform.apply(image, augmentation, floats);
  std::vector<int> values;
  for (float value : floats) values.push_back(static_cast<int>(value + 0.5f));
  return values;
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

TEST(ImageTransform, NormalisesEachChannel) {
  const Image image = numbered(2, 3, 3);
  TransformOptions options = options_for(2, 3, 3);
  options.mean = {0.5f, 0.25f, 0.125f};
  options.std = {0.5f, 0.2f, 2.0f};
  ImageTransform transform(options);
  std::vector<float> out(18);
  transform.apply(image.view(), {}, out);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float white = float(image.view().pixels[i]) / 255.0f;
    EXPECT_EQ(out[i], (white - options.mean[i % 3]) / options.std[i % 3]);
  }
}

TEST(ImageTransform, ShiftsAndFlipsAsDrawn) {
  for (int channels : {1, 3}) {
    const Image image = numbered(5, 7, channels);
    for (int shift_y = -6; shift_y <= 6; ++shift_y) {
      for (int shift_x = -8; shift_x <= 8; ++shift_x) {
        for (bool flip : {false, true}) {
          const Augmentation augmentation{shift_y, shift_x, flip};
          ASSERT_EQ(transformed(image.view(), options_for(5, 7, channels), augmentation),
                    augmented_naively(image.view(), augmentation))
              << shift_y << ' ' << shift_x << ' ' << flip;
        }
      }
    }
  }
}

TEST(ImageTransform, PaddingIsBlackBeforeNormalisation) {
  const Image image = numbered(4, 4, 1);
  TransformOptions options = options_for(4, 4, 1);
  options.mean = {0.5f};
  options.std = {0.25f};
  ImageTransform transform(options);
  std::vector<float> out(16);
  transform.apply(image.view(), {.shift_y = 4}, out);
  for (float value : out) EXPECT_EQ(value, -2.0f);
}

TEST(ImageTransform, CropsTheCentreToTheTargetsShape) {
  // Same height, too wide: the middle columns, untouched.
  const Image wide = numbered(4, 10, 1);
  std::vector<int> expected;
  for (int y = 0; y < 4; ++y) {
    for (int x = 3; x < 7; ++x) expected.push_back(wide.view().row(y)[x]);
  }
  EXPECT_EQ(transformed(wide.view(), options_for(4, 4, 1)), expected);

  const Image tall = numbered(10, 4, 3);
  expected.clear();
  for (int y = 3; y < 7; ++y) {
    for (int i = 0; i < 12; ++i) expected.push_back(tall.view().row(y)[i]);
  }
  EXPECT_EQ(transformed(tall.view(), options_for(4, 4, 3)), expected);
}

TEST(ImageTransform, AveragesAreasToShrink) {
  const Image image = numbered(6, 9, 1);
  const std::vector<int> small = transformed(image.view(), options_for(2, 3, 1));
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 3; ++x) {
      int sum = 0;
      for (int i = 0; i < 9; ++i) sum += image.view().row(3 * y + i / 3)[3 * x + i % 3];
      EXPECT_NEAR(small[std::size_t(3 * y + x)], sum / 9.0, 0.51);
    }
  }
}

TEST(ImageTransform, InterpolatesToEnlarge) {
  Image ramp;
  ramp.reshape(4, 4, 1);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) ramp.row(y)[x] = static_cast<std::uint8_t>(40 * x + 20);
  }
  const std::vector<int> large = transformed(ramp.view(), options_for(8, 8, 1));
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
        transformed(image.view(), options_for(32, 32, 3), {.shift_x = 5, .flip = true});
    EXPECT_EQ(out.size(), 32u * 32 * 3);
    EXPECT_EQ(*std::min_element(out.begin(), out.end()), 0);  // the padding
    EXPECT_GE(*std::max_element(out.begin(), out.end()), 1);
  }
}

TEST(ImageTransform, ConvertsChannels) {
  const Image grey = numbered(3, 4, 1);
  const std::vector<int> as_rgb = transformed(grey.view(), options_for(3, 4, 3));
  for (std::size_t i = 0; i < as_rgb.size(); ++i) EXPECT_EQ(as_rgb[i], grey.view().pixels[i / 3]);

  const Image rgb = numbered(3, 4, 3);
  const std::vector<int> as_grey = transformed(rgb.view(), options_for(3, 4, 1));
  for (std::size_t i = 0; i < as_grey.size(); ++i) {
    const std::uint8_t* pixel = rgb.view().pixels + 3 * i;
    EXPECT_NEAR(as_grey[i], 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2], 0.51);
  }
}

TEST(ImageTransform, TakesAPartOfAnImage) {
  const Image image = numbered(6, 8, 3);
  const ImageView part = image.view().part(1, 2, 4, 5);
  EXPECT_EQ(transformed(part, options_for(4, 5, 3), {1, -2, true}),
            augmented_naively(part, {1, -2, true}));
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
