#include "imaging/augment/pixel_ops.h"

#include <gtest/gtest.h>

#include "tests/imaging/golden.h"

namespace lockstep {
namespace {

Image run(const PixelProgram& program, Image picture) {
  PixelProcessor().run(program, target_of(picture));
  return picture;
}

struct Case {
  const char* source;
  PixelOperation operation;
  const char* expected;
};

void expect_golden(const Case& test, int tolerance) {
  const Image result = run({test.operation}, golden(test.source));
  EXPECT_LE(difference(result, golden(test.expected)).largest, tolerance) << test.expected;
}

TEST(PixelOperations, LevelsAreThoseOfPil) {
  const Case cases[] = {
      {"colours", Posterize{2}, "posterize_2"},
      {"colours", Posterize{5}, "posterize_5"},
      {"colours", Posterize{8}, "colours"},
      {"colours", Solarize{93.5}, "solarize_93.5"},
      {"colours", Solarize{256}, "colours"},
      {"colours", AutoContrast{}, "autocontrast"},
      {"muted", AutoContrast{}, "muted_autocontrast"},
      {"muted_grey", AutoContrast{}, "muted_grey_autocontrast"},
      {"colours", Equalize{}, "equalize"},
      {"muted", Equalize{}, "muted_equalize"},
      {"muted_grey", Equalize{}, "muted_grey_equalize"},
  };
  for (const Case& test : cases) expect_golden(test, 0);
}

TEST(PixelOperations, BlendsAreWithinOneLevelOfPil) {
  const Case cases[] = {
      {"colours", Sharpness{0.1}, "sharpness_10"},
      {"colours", Sharpness{1.9}, "sharpness_190"},
      {"grey", Sharpness{0.1}, "grey_sharpness_10"},
      {"grey", Sharpness{1.9}, "grey_sharpness_190"},
      {"colours", LinearColor{.brightness = 0.4}, "brightness_40"},
      {"colours", LinearColor{.brightness = 1.6}, "brightness_160"},
      {"colours", LinearColor{.contrast = 0.4}, "contrast_40"},
      {"colours", LinearColor{.contrast = 1.6}, "contrast_160"},
      {"colours", LinearColor{.saturation = 0.4}, "saturation_40"},
      {"colours", LinearColor{.saturation = 1.6}, "saturation_160"},
      {"colours", LinearColor{.saturation = 0}, "greyscale"},
      {"grey", LinearColor{.brightness = 0.4}, "grey_brightness_40"},
      {"grey", LinearColor{.brightness = 1.6}, "grey_brightness_160"},
      {"grey", LinearColor{.contrast = 0.4}, "grey_contrast_40"},
      {"grey", LinearColor{.contrast = 1.6}, "grey_contrast_160"},
  };
  for (const Case& test : cases) expect_golden(test, 1);
}

TEST(LinearColor, HueTurnsAboutTheGreyAxisOfYiq) {
  expect_golden({"colours", LinearColor{.hue = -0.25}, "hue_-25"}, 1);
  expect_golden({"colours", LinearColor{.hue = 0.1}, "hue_10"}, 1);
}

// torchvision's adjustments on floats, in two orders, none of which clamps.
TEST(LinearColor, AllAtOnceIsOneAfterTheOtherInAnyOrder) {
  const LinearColor all{.brightness = 1.3, .contrast = 0.7, .saturation = 1.4};
  expect_golden({"muted", all, "jitter_bcs"}, 1);
  expect_golden({"muted", all, "jitter_scb"}, 1);
  const PixelProgram separate = {LinearColor{.saturation = 1.4}, LinearColor{.brightness = 1.3},
                                 LinearColor{.contrast = 0.7}};
  // Rounded three times.
  EXPECT_LE(difference(run(separate, golden("muted")), golden("jitter_bcs")).largest, 2);
}

TEST(LinearColor, OfNothingIsNothing) {
  for (const char* name : {"colours", "grey"}) {
    EXPECT_EQ(difference(run({LinearColor{}}, golden(name)), golden(name)).largest, 0);
  }
}

TEST(LinearColor, LeavesGreyPicturesTheirLevelsWhateverTheColour) {
  const LinearColor color{.saturation = 0.3, .hue = 0.4};
  EXPECT_EQ(difference(run({color}, golden("grey")), golden("grey")).largest, 0);
}

TEST(LinearColor, PicturesOfEverySizeAreDoneToTheLastPixel) {
  for (const int width : {1, 31, 1023, 1024, 1025, 2500}) {
    Image picture;
    picture.reshape(1, width, 3);
    std::fill_n(picture.row(0), 3 * width, std::uint8_t{100});
    const Image result = run({LinearColor{.brightness = 0.5, .contrast = 0.5}}, picture);
    for (int i = 0; i < 3 * width; ++i) ASSERT_EQ(result.view().pixels[i], 50) << width;
  }
}

TEST(PixelProgram, LinearNeighboursBecomeOne) {
  PixelProgram program;
  append(program, LinearColor{.brightness = 2, .hue = 0.25});
  append(program, LinearColor{.brightness = 0.25, .contrast = 3, .hue = -0.125});
  append(program, Posterize{4});
  append(program, LinearColor{.saturation = 2});
  const PixelProgram expected = {LinearColor{.brightness = 0.5, .contrast = 3, .hue = 0.125},
                                 Posterize{4}, LinearColor{.saturation = 2}};
  EXPECT_EQ(program, expected);
}

TEST(PixelProgram, RunsInItsOrder) {
  const Image picture = golden("muted");
  const Image there = run({Solarize{120}, Posterize{3}}, picture);
  const Image back = run({Posterize{3}, Solarize{120}}, picture);
  EXPECT_GT(difference(there, back).largest, 0);
  EXPECT_EQ(difference(there, run({Posterize{3}}, run({Solarize{120}}, picture))).largest, 0);
}

TEST(PixelOperations, TakePicturesOfOnePixel) {
  for (const int channels : {1, 3}) {
    Image picture;
    picture.reshape(1, 1, channels);
    std::fill_n(picture.row(0), channels, std::uint8_t{77});
    const Image result =
        run({Sharpness{1.9}, AutoContrast{}, Equalize{}, LinearColor{.contrast = 2}}, picture);
    EXPECT_EQ(result.view().pixels[0], 77);
  }
}

}  // namespace
}  // namespace lockstep
