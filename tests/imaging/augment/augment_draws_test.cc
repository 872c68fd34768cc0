// Draws against torchvision's own code, which was given our random numbers
// (tools/golden/augment.py).
#include <array>
#include <cmath>
#include <string_view>

#include <gtest/gtest.h>

#include "imaging/augment/augment_geometry.h"
#include "imaging/augment/auto_augment.h"
#include "imaging/augment/erase.h"

namespace lockstep {
namespace {

struct DrawnBox {
  std::uint64_t position;
  Extent of;
  Box box;
};

struct PolicyOperation {
  std::string_view name;
  double magnitude = 0;
};

struct DrawnPolicy {
  AugmentPolicy policy;
  std::uint64_t position;
  std::array<PolicyOperation, 3> operations;  ///< no name: none
};

#include "tests/imaging/golden/augment_draws.inc"

RandomSequence sequence(std::uint64_t position) {
  return RandomSequence(1, RandomPurpose::augmentation, 0, position);
}

TEST(DrawnCrops, AreTorchvisions) {
  for (const DrawnBox& expected : kCrops) {
    RandomSequence random = sequence(expected.position);
    EXPECT_EQ(draw_resized_crop({0.08, 1}, {3.0 / 4, 4.0 / 3}, expected.of, random), expected.box)
        << expected.position;
  }
}

TEST(DrawnErasures, AreTorchvisions) {
  AugmentOptions options;
  options.erase = 0.7;
  int erased = 0;
  for (const DrawnBox& expected : kErasures) {
    RandomSequence random = sequence(expected.position);
    const auto drawn = draw_erasure(options, expected.of, random);
    // An empty box erases nothing, and torchvision does not tell where it is.
    const bool empty = !drawn || drawn->box.height == 0 || drawn->box.width == 0;
    EXPECT_EQ(empty ? Box{} : drawn->box, expected.box) << expected.position;
    erased += empty ? 0 : 1;
  }
  EXPECT_GT(erased, 15);
}

/// torchvision's magnitudes are single precision: 15.999999 where 16 is meant.
double whole_pixels(double magnitude) {
  return std::trunc(magnitude + std::copysign(1e-4, magnitude));
}

/// What an operation of torchvision's is here.
void add(const PolicyOperation& operation, Extent picture, PolicyDraw& expected) {
  const double m = operation.magnitude;
  Homography& map = expected.geometry;
  PixelProgram& program = expected.program;
  const std::string_view name = operation.name;
  if (name == "ShearX") map = map * shear_x(m);
  if (name == "ShearY") map = map * shear_y(m);
  if (name == "TranslateX") map = map * translation(-whole_pixels(m), 0);
  if (name == "TranslateY") map = map * translation(0, -whole_pixels(m));
  if (name == "Rotate") map = map * about({picture.width / 2.0, picture.height / 2.0}, rotation(m));
  if (name == "Brightness") append(program, LinearColor{.brightness = 1 + m});
  if (name == "Color") append(program, LinearColor{.saturation = 1 + m});
  if (name == "Contrast") append(program, LinearColor{.contrast = 1 + m});
  if (name == "Sharpness") append(program, Sharpness{1 + m});
  if (name == "Posterize") append(program, Posterize{static_cast<int>(m)});
  if (name == "Solarize") append(program, Solarize{m});
  if (name == "AutoContrast") append(program, AutoContrast{});
  if (name == "Equalize") append(program, Equalize{});
}

/// torchvision's magnitudes are single precision.
void expect_near(const PixelOperation& drawn, const PixelOperation& expected) {
  ASSERT_EQ(drawn.index(), expected.index());
  if (const auto* color = std::get_if<LinearColor>(&drawn)) {
    const auto& other = std::get<LinearColor>(expected);
    EXPECT_NEAR(color->brightness, other.brightness, 1e-6);
    EXPECT_NEAR(color->contrast, other.contrast, 1e-6);
    EXPECT_NEAR(color->saturation, other.saturation, 1e-6);
  } else if (const auto* sharpness = std::get_if<Sharpness>(&drawn)) {
    EXPECT_NEAR(sharpness->factor, std::get<Sharpness>(expected).factor, 1e-6);
  } else if (const auto* solarize = std::get_if<Solarize>(&drawn)) {
    EXPECT_NEAR(solarize->threshold, std::get<Solarize>(expected).threshold, 1e-4);
  } else {
    EXPECT_TRUE(drawn == expected);
  }
}

TEST(Policies, DrawTorchvisionsOperationsAndMagnitudes) {
  const Extent picture{48, 64};
  for (const DrawnPolicy& test : kPolicies) {
    AugmentOptions options;
    options.policy = test.policy;
    options.rand_operations = 3;
    options.rand_magnitude = 13;
    RandomSequence random = sequence(test.position);
    const PolicyDraw drawn = draw_policy(options, picture, random);
    PolicyDraw expected;
    for (const PolicyOperation& operation : test.operations) add(operation, picture, expected);
    for (std::size_t i = 0; i < 9; ++i) {
      EXPECT_NEAR(drawn.geometry.m[i], expected.geometry.m[i], 1e-4) << test.position;
    }
    ASSERT_EQ(drawn.program.size(), expected.program.size()) << test.position;
    for (std::size_t i = 0; i < drawn.program.size(); ++i) {
      expect_near(drawn.program[i], expected.program[i]);
    }
  }
}

}  // namespace
}  // namespace lockstep
