#include "imaging/augment/transform.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "imaging/pixels/color.h"
#include "tests/imaging/golden.h"

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

std::vector<int> transformed(const Image& image, const TransformOptions& options,
                             const AugmentOptions& augment = {}) {
  ImageTransform transform(options, augment);
  std::vector<std::uint8_t> pixels(transform.size(), 99);
  transform.apply(stored(image), pixels);
  return {pixels.begin(), pixels.end()};
}

RandomSequence sequence(std::uint64_t position) {
  return RandomSequence(1, RandomPurpose::augmentation, 0, position);
}

std::vector<int> augmented(const Image& image, const TransformOptions& options,
                           const AugmentOptions& augment, std::uint64_t position) {
  ImageTransform transform(options, augment);
  std::vector<std::uint8_t> pixels(transform.size(), 99);
  transform.apply(stored(image), sequence(position), pixels);
  return {pixels.begin(), pixels.end()};
}

/// Shift, then flip, pixel by pixel.
std::vector<int> moved_naively(const ImageView& image, int shift_y, int shift_x, bool flip) {
  std::vector<int> values;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const int source_y = y + shift_y;
      const int source_x = (flip ? image.width - 1 - x : x) + shift_x;
      const bool inside =
          source_y >= 0 && source_y < image.height && source_x >= 0 && source_x < image.width;
      for (int c = 0; c < image.channels; ++c) {
        values.push_back(inside ? image.row(source_y)[source_x * image.channels + c] : 0);
      }
    }
  }
  return values;
}

// What a run with `crop_padding` and `flip` has always been fed, to the bit.
TEST(ImageTransform, PadsAndFlipsAsDrawn) {
  AugmentOptions augment;
  augment.crop_padding = 4;
  augment.flip = FlipKind::horizontal;
  for (int channels : {1, 3}) {
    const Image image = numbered(5, 7, channels);
    for (std::uint64_t position = 0; position < 200; ++position) {
      RandomSequence random = sequence(position);
      const int shift_y = static_cast<int>(random.below(9)) - 4;
      const int shift_x = static_cast<int>(random.below(9)) - 4;
      const bool flip = random.flip(0.5f);
      ASSERT_EQ(augmented(image, options_for(5, 7, channels), augment, position),
                moved_naively(image.view(), shift_y, shift_x, flip))
          << shift_y << ' ' << shift_x << ' ' << flip;
    }
  }
}

TEST(ImageTransform, WithoutAugmentationTrainingSeesWhatEvaluationSees) {
  for (auto [height, width] : {std::pair{5, 7}, {16, 12}, {40, 90}}) {
    const Image image = numbered(height, width, 3);
    EXPECT_EQ(augmented(image, options_for(8, 8, 3), {}, 3),
              transformed(image, options_for(8, 8, 3)));
  }
}

TEST(ImageTransform, EvaluationKeepsTheCentrePart) {
  AugmentOptions augment;
  augment.eval_crop = 20.0 / 24;
  augment.rotate = 30;  // not for evaluation
  const Image scene = golden("scene");
  const std::vector<int> seen = transformed(scene, options_for(20, 20, 3), augment);
  Image picture;
  picture.reshape(20, 20, 3);
  std::copy(seen.begin(), seen.end(), picture.row(0));
  // "Resize to 24, crop 20", by torchvision.
  const Difference apart = difference(picture, golden("evaluation"));
  EXPECT_LE(apart.mean, 0.7);
  EXPECT_LE(apart.largest, 12);
}

TEST(ImageTransform, ColourComesAfterGeometryAndErasingLast) {
  Image image;
  image.reshape(20, 20, 3);
  std::fill_n(image.row(0), image.size_bytes(), std::uint8_t{100});
  TransformOptions options = options_for(20, 20, 3);
  options.fill = {1, 2, 3};
  AugmentOptions augment;
  augment.brightness = 0.5;
  augment.erase = 1;
  for (std::uint64_t position = 0; position < 20; ++position) {
    RandomSequence random = sequence(position);
    const Augmentation drawn = draw_augmentation(augment, {20, 20}, {20, 20}, random);
    const std::vector<int> out = augmented(image, options, augment, position);
    ASSERT_TRUE(drawn.erasure);
    const Box& box = drawn.erasure->box;
    const double bright = 100 * std::get<LinearColor>(drawn.program.front()).brightness;
    for (int y = 0; y < 20; ++y) {
      for (int x = 0; x < 20; ++x) {
        const bool erased =
            y >= box.y && y < box.y + box.height && x >= box.x && x < box.x + box.width;
        for (int c = 0; c < 3; ++c) {
          ASSERT_NEAR(out[std::size_t(3 * (20 * y + x) + c)], erased ? c + 1 : bright, 0.51);
        }
      }
    }
  }
}

TEST(ImageTransform, ErasingWithNoiseFillsTheBoxWithAllLevelsAlike) {
  Image image;
  image.reshape(200, 200, 3);
  std::fill_n(image.row(0), image.size_bytes(), std::uint8_t{100});
  AugmentOptions augment;
  augment.erase = 1;
  augment.erase_area = {0.3, 0.3};
  augment.erase_fill = EraseFill::noise;
  const std::vector<int> out = augmented(image, options_for(200, 200, 3), augment, 1);
  EXPECT_EQ(out, augmented(image, options_for(200, 200, 3), augment, 1));
  std::map<int, int> counts;
  for (const int level : out) ++counts[level];
  const int erased = 36'000;
  EXPECT_NEAR(counts[100], 120'000 - erased + erased / 256, 600);
  counts.erase(100);
  EXPECT_EQ(counts.size(), 255u);
  for (const auto& [level, count] : counts) EXPECT_NEAR(count, erased / 256, 60) << level;
}

TEST(ImageTransform, ImpossibleOptionsAreErrorsWithAdvice) {
  const auto complaint = [](const TransformOptions& options, const AugmentOptions& augment) {
    try {
      ImageTransform transform(options, augment);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::usage);
      return std::string(error.what());
    }
    return std::string("none");
  };
  using testing::HasSubstr;
  EXPECT_THAT(complaint(options_for(8, 8, 3), {.crop_padding = 8}), HasSubstr("crop_padding is 8"));
  EXPECT_THAT(complaint(options_for(8, 9, 3), {.flip = FlipKind::dihedral}),
              HasSubstr("set data.augment.flip: both"));
  EXPECT_EQ(complaint(options_for(8, 8, 3), {.flip = FlipKind::dihedral}), "none");
  EXPECT_THAT(complaint(options_for(0, 8, 3), {}), HasSubstr("set data.image_size"));
}

TEST(FillOfMean, IsTheNearestLevel) {
  const std::array<float, 3> mean = {0.485f, 0.456f, 0.406f};
  EXPECT_EQ(fill_of_mean(mean), (std::array<std::uint8_t, 3>{124, 116, 104}));
  EXPECT_EQ(fill_of_mean(std::array<float, 1>{0.5f}), (std::array<std::uint8_t, 3>{128, 128, 128}));
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
  for (const CropKind crop :
       {CropKind::centre, CropKind::random, CropKind::random_resized, CropKind::presized}) {
    for (auto [height, width] :
         {std::pair{1, 1}, {1, 500}, {500, 1}, {3, 1000}, {33, 31}, {64, 32}}) {
      const Image image = numbered(height, width, 3);
      const std::vector<int> out = augmented(image, options_for(32, 32, 3), {.crop = crop}, 7);
      EXPECT_EQ(out.size(), 32u * 32 * 3);
      EXPECT_GE(*std::min_element(out.begin(), out.end()), 1);  // nothing from outside
    }
  }
}

// What lies beside the centre of a wide image is seen, and black only where the image ends.
TEST(ImageTransform, PaddingIsBlackOutsideOfTheImageAlone) {
  for (auto [height, width] : {std::pair{33, 31}, {64, 32}, {32, 200}}) {
    const Image image = numbered(height, width, 3);
    bool black = false;
    for (std::uint64_t position = 0; position < 20; ++position) {
      RandomSequence random = sequence(position);
      random.below(17);
      if (random.below(17) == 8) continue;
      const std::vector<int> out =
          augmented(image, options_for(32, 32, 3), {.crop_padding = 8}, position);
      const int middle_row = 16 * 32 * 3;
      black |= std::count(out.begin() + middle_row, out.begin() + middle_row + 32 * 3, 0) > 0;
    }
    EXPECT_EQ(black, width <= height) << width;
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

}  // namespace
}  // namespace lockstep
