#include "imaging/augment/augmentation.h"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "imaging/augment/augment_presets.h"

namespace lockstep {
namespace {

constexpr Extent kImage{120, 160};
constexpr Extent kPicture{64, 64};

RandomSequence sequence(std::uint64_t position) {
  return RandomSequence(1, RandomPurpose::augmentation, 0, position);
}

Augmentation drawn(const AugmentOptions& options, std::uint64_t position) {
  RandomSequence random = sequence(position);
  return draw_augmentation(options, kImage, kPicture, random);
}

Geometry geometry(const AugmentOptions& options, std::uint64_t position, Extent image = kImage,
                  Extent picture = kPicture) {
  RandomSequence random = sequence(position);
  return draw_geometry(options, image, picture, random);
}

/// Every operation at once.
AugmentOptions everything() {
  AugmentOptions options;
  options.crop = CropKind::presized;
  options.flip = FlipKind::dihedral;
  options.shear = 5;
  options.zoom = {0.9, 1.2};
  options.rotate = 20;
  options.translate = 0.1;
  options.warp = 0.2;
  options.geometry_probability = 0.8;
  options.brightness = options.contrast = options.saturation = 0.4;
  options.hue = 0.1;
  options.color_probability = 0.8;
  options.greyscale = 0.2;
  options.policy = AugmentPolicy::rand_augment;
  options.erase = 0.5;
  options.erase_fill = EraseFill::noise;
  return options;
}

/// `count` draws of a number: that they fill [low, high] evenly.
void expect_uniform(const std::vector<double>& values, double low, double high) {
  ASSERT_GT(values.size(), 1000u);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  EXPECT_GE(*least, low);
  EXPECT_LE(*most, high);
  std::array<int, 4> quarters{};
  for (const double value : values) {
    ++quarters[std::min<std::size_t>(3,
                                     static_cast<std::size_t>(4 * (value - low) / (high - low)))];
  }
  const double n = static_cast<double>(values.size());
  for (const int count : quarters) EXPECT_NEAR(count, n / 4, 5 * std::sqrt(n * 3 / 16));
}

constexpr int kDraws = 4000;

/// A number of each of many draws.
template <typename Of>
std::vector<double> numbers(const AugmentOptions& options, Of of) {
  std::vector<double> values;
  for (int i = 0; i < kDraws; ++i) values.push_back(of(geometry(options, std::uint64_t(i))));
  return values;
}

/// The linear colour of a draw; the one that does nothing where none was drawn.
LinearColor color(const AugmentOptions& options, std::uint64_t position) {
  const PixelProgram program = drawn(options, position).program;
  return program.empty() ? LinearColor{} : std::get<LinearColor>(program.front());
}

TEST(DrawAugmentation, DrawsNothingByDefault) {
  RandomSequence random = sequence(0);
  const Augmentation augmentation = draw_augmentation({}, kImage, kPicture, random);
  EXPECT_EQ(augmentation, evaluation_view({}, kImage, kPicture));
  EXPECT_EQ(random.bits(), sequence(0).bits());
}

TEST(DrawAugmentation, IsAFunctionOfItsArguments) {
  for (std::uint64_t position = 0; position < 200; ++position) {
    EXPECT_EQ(drawn(everything(), position), drawn(everything(), position));
  }
  EXPECT_NE(drawn(everything(), 1), drawn(everything(), 2));
}

// The numbers of runs made before there were other operations stay.
TEST(DrawAugmentation, PaddingAndFlipTakeTheFirstNumbers) {
  AugmentOptions options;
  options.crop_padding = 4;
  options.flip = FlipKind::horizontal;
  for (std::uint64_t position = 0; position < 50; ++position) {
    RandomSequence random = sequence(position);
    const int shift_y = static_cast<int>(random.below(9)) - 4;
    const int shift_x = static_cast<int>(random.below(9)) - 4;
    const bool flip = random.flip(0.5f);
    const Geometry geometric = geometry(options, position);
    EXPECT_EQ(geometric.shift_y, shift_y);
    EXPECT_EQ(geometric.shift_x, shift_x);
    EXPECT_EQ(geometric.mirror_x, flip);
  }
}

TEST(DrawAugmentation, DrawsEveryPlaceAndFlipAlike) {
  AugmentOptions options;
  options.crop_padding = 2;
  options.flip = FlipKind::horizontal;
  std::map<std::tuple<int, int, bool>, int> counts;
  const int draws = 50'000;
  for (int position = 0; position < draws; ++position) {
    const Geometry geometric = geometry(options, std::uint64_t(position));
    ++counts[{geometric.shift_y, geometric.shift_x, geometric.mirror_x}];
  }
  ASSERT_EQ(counts.size(), 50u);  // 5 x 5 places, flipped or not
  for (const auto& [place, count] : counts) EXPECT_NEAR(count, draws / 50, 160);  // 5 sigma
  EXPECT_EQ(std::get<0>(counts.begin()->first), -2);
  EXPECT_EQ(std::get<0>(counts.rbegin()->first), 2);
}

TEST(DrawAugmentation, AllSymmetriesOfAFlipAreAlike) {
  for (const auto& [kind, symmetries] : {std::pair{FlipKind::none, 1},
                                         {FlipKind::horizontal, 2},
                                         {FlipKind::vertical, 2},
                                         {FlipKind::both, 4},
                                         {FlipKind::dihedral, 8}}) {
    AugmentOptions options;
    options.flip = kind;
    std::map<std::tuple<bool, bool, bool>, int> counts;
    for (int i = 0; i < kDraws; ++i) {
      const Geometry geometric = geometry(options, std::uint64_t(i));
      ++counts[{geometric.mirror_x, geometric.mirror_y, geometric.transpose}];
    }
    ASSERT_EQ(counts.size(), std::size_t(symmetries));
    const double share = 1.0 / symmetries;
    for (const auto& [symmetry, count] : counts) {
      EXPECT_NEAR(count, kDraws * share, 5 * std::sqrt(kDraws * share * (1 - share)) + 1e-9);
    }
  }
}

TEST(DrawAugmentation, MovesAreUniformInTheirRanges) {
  AugmentOptions options;
  options.shear = 10;
  options.zoom = {0.9, 1.3};
  options.rotate = 25;
  options.translate = 0.2;
  options.warp = 0.3;
  const std::tuple<double, double, std::function<double(const Geometry&)>> moves[] = {
      {-10, 10, [](const Geometry& g) { return g.shear_x; }},
      {-10, 10, [](const Geometry& g) { return g.shear_y; }},
      {0.9, 1.3, [](const Geometry& g) { return g.zoom; }},
      {0, 1, [](const Geometry& g) { return g.zoom_place.x; }},
      {0, 1, [](const Geometry& g) { return g.zoom_place.y; }},
      {-25, 25, [](const Geometry& g) { return g.rotate; }},
      {-0.2, 0.2, [](const Geometry& g) { return g.translate_x; }},
      {-0.2, 0.2, [](const Geometry& g) { return g.translate_y; }},
      {-0.3, 0.3, [](const Geometry& g) { return g.warp_x; }},
      {-0.3, 0.3, [](const Geometry& g) { return g.warp_y; }},
  };
  for (const auto& [low, high, of] : moves) expect_uniform(numbers(options, of), low, high);
}

TEST(DrawAugmentation, ColoursAreUniformInTheirRanges) {
  AugmentOptions options;
  options.brightness = 0.3;
  options.contrast = 1;
  options.saturation = 0.6;
  options.hue = 0.2;
  std::vector<double> brightness, contrast, saturation, hue;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const LinearColor factors = color(options, i);
    brightness.push_back(factors.brightness);
    contrast.push_back(factors.contrast);
    saturation.push_back(factors.saturation);
    hue.push_back(factors.hue);
  }
  expect_uniform(brightness, 0.7, 1.3);
  expect_uniform(contrast, 0, 2);
  expect_uniform(saturation, 0.4, 1.6);
  expect_uniform(hue, -0.2, 0.2);
}

TEST(DrawAugmentation, ProbabilitiesAreThoseAskedFor) {
  AugmentOptions options = everything();
  options.geometry_probability = 0.3;
  options.color_probability = 0.6;
  options.greyscale = 0.2;
  options.erase = 0.7;
  options.policy = AugmentPolicy::none;
  std::array<int, 7> counts{};
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const Geometry geometric = geometry(options, i);
    const Augmentation augmentation = drawn(options, i);
    const LinearColor factors = color(options, i);
    counts[0] += geometric.rotate != 0;
    counts[1] += geometric.warp_x != 0;
    counts[2] += geometric.zoom != 1;
    counts[3] += factors.brightness != 1;
    counts[4] += factors.hue != 0;
    counts[5] += factors.saturation == 0;
    counts[6] += augmentation.erasure.has_value();
  }
  const std::array<double, 7> expected = {0.3, 0.3, 0.3, 0.6, 0.6, 0.2, 0.7};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double p = expected[i];
    EXPECT_NEAR(counts[i], kDraws * p, 5 * std::sqrt(kDraws * p * (1 - p))) << i;
  }
}

// Turning an operation off must not leave its numbers behind: what comes later moves up.
TEST(DrawAugmentation, WhatIsOffDrawsNothing) {
  AugmentOptions alone;
  alone.rotate = 20;
  AugmentOptions with_zero_neighbours = alone;
  with_zero_neighbours.geometry_probability = 1;
  with_zero_neighbours.zoom = {1, 1};
  with_zero_neighbours.color_probability = 0.3;
  RandomSequence random = sequence(5);
  random.uniform();  // whether at all
  EXPECT_EQ(geometry(with_zero_neighbours, 5).rotate, 40 * double{random.uniform()} - 20);
}

TEST(Crops, ARandomOneHasThePicturesProportionsAndEveryPlace) {
  AugmentOptions options;
  options.crop = CropKind::random;
  std::map<int, int> places;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const Box crop = geometry(options, i, {30, 34}).crop;
    EXPECT_EQ(crop.height, 30);
    EXPECT_EQ(crop.width, 30);
    EXPECT_EQ(crop.y, 0);
    ++places[crop.x];
  }
  ASSERT_EQ(places.size(), 5u);
  for (const auto& [x, count] : places) EXPECT_NEAR(count, kDraws / 5, 130);
}

TEST(Crops, APresizedOneLiesInALargestPartWithThePicturesProportions) {
  AugmentOptions options;
  options.crop = CropKind::presized;
  options.crop_area = {0.5, 1};
  bool left = false, right = false;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const Box crop = geometry(options, i, {100, 300}).crop;
    EXPECT_LE(crop.height, 100);
    EXPECT_LE(crop.width, 100);
    EXPECT_GE(crop.height * crop.width, 4800);
    left |= crop.x < 50;
    right |= crop.x + crop.width > 250;
  }
  EXPECT_TRUE(left && right);
}

TEST(Crops, AResizedOneHasItsAreaAndProportions) {
  AugmentOptions options;
  options.crop = CropKind::random_resized;
  options.crop_area = {0.2, 0.4};
  options.crop_aspect = {0.5, 2};
  std::vector<double> logarithms;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const Box crop = geometry(options, i, {1000, 1000}).crop;
    EXPECT_GE(crop.height * crop.width, 199'000);
    EXPECT_LE(crop.height * crop.width, 401'000);
    EXPECT_GE(crop.y, 0);
    EXPECT_LE(crop.y + crop.height, 1000);
    EXPECT_LE(crop.x + crop.width, 1000);
    logarithms.push_back(std::log2(static_cast<double>(crop.width) / crop.height));
  }
  expect_uniform(logarithms, -1.005, 1.005);
}

TEST(EvaluationView, KeepsThePartAskedForAroundTheCentre) {
  AugmentOptions options = everything();
  options.eval_crop = 0.875;
  const Augmentation view = evaluation_view(options, {256, 512}, {224, 224});
  const Point from = view.output_to_source({0, 0});
  const Point to = view.output_to_source({224, 224});
  EXPECT_NEAR(from.y, 16, 1e-9);
  EXPECT_NEAR(from.x, 144, 1e-9);
  EXPECT_NEAR(to.y, 240, 1e-9);
  EXPECT_NEAR(to.x, 368, 1e-9);
  EXPECT_TRUE(view.program.empty());
  EXPECT_FALSE(view.erasure);
}

std::string complaint(const std::function<void(AugmentOptions&)>& change) {
  AugmentOptions options;
  change(options);
  try {
    check_augment_options(options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    return error.what();
  }
  return "none";
}

TEST(AugmentOptions, ChoicesHaveTexts) {
  EXPECT_EQ(known_names<AugmentPreset>(), "none, light, side_on, top_down, imagenet, xray");
  EXPECT_EQ(known_names<CropKind>(), "centre, random, random_resized, presized");
  EXPECT_EQ(known_names<FlipKind>(), "none, horizontal, vertical, both, dihedral");
  EXPECT_EQ(known_names<AugmentPolicy>(), "none, rand_augment, trivial_augment");
  EXPECT_EQ(known_names<EraseFill>(), "mean, noise");
  EXPECT_EQ(known_names<Border>(), "black, edge, reflect");
}

TEST(AugmentOptions, ContradictionsAreErrorsWithAdvice) {
  using testing::HasSubstr;
  EXPECT_EQ(complaint([](auto&) {}), "none");
  EXPECT_THAT(complaint([](auto& o) {
                o.zoom = {1.2, 1.1};
              }),
              HasSubstr("data.augment.zoom_min is 1.2 and data.augment.zoom_max is 1.1"));
  EXPECT_THAT(complaint([](auto& o) { o.crop_area.min = 2; }), HasSubstr("crop_area_min"));
  EXPECT_THAT(complaint([](auto& o) { o.crop_aspect.max = 0.1; }), HasSubstr("crop_aspect_min"));
  EXPECT_THAT(complaint([](auto& o) { o.erase_area.min = 1; }), HasSubstr("erase_area_min"));
  EXPECT_THAT(complaint([](auto& o) { o.erase_aspect.min = 9; }), HasSubstr("erase_aspect_min"));
  EXPECT_THAT(complaint([](auto& o) {
                o.crop_padding = 4;
                o.crop = CropKind::random_resized;
              }),
              HasSubstr("set crop_padding: 0, or crop: centre"));
}

TEST(AugmentPresets, AreConsistentAndDoWhatTheirNamesSay) {
  EXPECT_EQ(augment_preset(AugmentPreset::none).flip, FlipKind::none);
  for (const AugmentPreset preset :
       {AugmentPreset::none, AugmentPreset::light, AugmentPreset::side_on, AugmentPreset::top_down,
        AugmentPreset::imagenet, AugmentPreset::xray}) {
    const AugmentOptions options = augment_preset(preset);
    EXPECT_EQ(options.preset, preset);
    EXPECT_NO_THROW(check_augment_options(options));
    const bool draws = drawn(options, 1) != drawn(options, 2);
    EXPECT_EQ(draws, preset != AugmentPreset::none);
  }
  EXPECT_EQ(augment_preset(AugmentPreset::top_down).flip, FlipKind::dihedral);
  EXPECT_EQ(augment_preset(AugmentPreset::xray).flip, FlipKind::none);
  EXPECT_EQ(augment_preset(AugmentPreset::imagenet).eval_crop, 0.875);
}

}  // namespace
}  // namespace lockstep
