#include "imaging/augment/mix.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

Mix drawn(const AugmentOptions& options, std::uint64_t position, int height = 20, int width = 30) {
  RandomSequence random(1, RandomPurpose::mix, 0, position);
  return draw_mix(options, height, width, random);
}

TEST(DrawMix, DrawsNothingByDefault) { EXPECT_EQ(drawn({}, 3), Mix{}); }

TEST(DrawMix, FoldsABetaDistribution) {
  AugmentOptions options;
  // Beta(1, 1) is uniform: its smaller part has the mean 1/4 and the variance 1/48. Beta(a, a) has
  // the variance 1 / (4 (2a + 1)) around 1/2.
  for (const double alpha : {0.2, 1.0, 2.0}) {
    options.mixup = alpha;
    const int draws = 20'000;
    double squares = 0;
    for (int i = 0; i < draws; ++i) {
      const Mix mix = drawn(options, std::uint64_t(i));
      EXPECT_LE(mix.share, 128);
      EXPECT_EQ(mix.height, 0);
      const double from_half = 0.5 - mix.share / 256.0;
      squares += from_half * from_half;
    }
    EXPECT_NEAR(squares / draws, 1 / (4 * (2 * alpha + 1)), 0.003) << alpha;
  }
}

TEST(DrawMix, CutsBoxesWhoseAreaIsTheShare) {
  AugmentOptions options;
  options.cutmix = 1;
  int whole = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const Mix mix = drawn(options, i);
    EXPECT_EQ(mix.share, std::lround(256.0 * mix.height * mix.width / 600));
    EXPECT_GE(mix.top, 0);
    EXPECT_GE(mix.left, 0);
    EXPECT_LE(mix.top + mix.height, 20);
    EXPECT_LE(mix.left + mix.width, 30);
    EXPECT_LE(mix.share, 128);
    whole += mix.share > 100;
  }
  EXPECT_GT(whole, 20);
}

TEST(DrawMix, MixesAsOftenAsAskedAndBothKindsAlike) {
  AugmentOptions options;
  options.mixup = options.cutmix = 1;
  options.mix_probability = 0.5;
  int blends = 0, cuts = 0;
  for (std::uint64_t i = 0; i < 4000; ++i) {
    const Mix mix = drawn(options, i);
    cuts += mix.height > 0;
    blends += mix.height == 0 && mix.share > 0;
  }
  EXPECT_NEAR(blends, 1000, 140);
  EXPECT_NEAR(cuts, 1000, 160);  // a few boxes are empty
}

TEST(ApplyMix, BlendsByTheShare) {
  std::vector<std::uint8_t> picture = {0, 100, 255};
  const std::vector<std::uint8_t> other = {255, 100, 0};
  apply_mix({.share = 64}, 1, 3, other, picture);
  EXPECT_EQ(picture, (std::vector<std::uint8_t>{64, 100, 191}));
}

TEST(ApplyMix, PastesTheBox) {
  std::vector<std::uint8_t> picture(2 * 3 * 3, 1);
  const std::vector<std::uint8_t> other(picture.size(), 9);
  apply_mix({.share = 85, .top = 1, .left = 1, .height = 1, .width = 2}, 3, 3, other, picture);
  for (std::size_t i = 0; i < picture.size(); ++i) EXPECT_EQ(picture[i], i >= 12 ? 9 : 1) << i;
}

}  // namespace
}  // namespace lockstep
