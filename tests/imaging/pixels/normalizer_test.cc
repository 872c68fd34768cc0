#include "imaging/pixels/normalizer.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace lockstep {
namespace {

TEST(Normalizer, NormalisesEachChannel) {
  const std::vector<float> mean = {0.5f, 0.25f, 0.125f};
  const std::vector<float> std = {0.5f, 0.2f, 2.0f};
  const std::vector<std::uint8_t> pixels = {0, 1, 2, 100, 128, 200, 255, 254, 253};
  std::vector<float> out(9);
  Normalizer(3, mean, std).apply(pixels, out);
  for (std::size_t i = 0; i < out.size(); ++i) {
    EXPECT_EQ(out[i], (float(pixels[i]) / 255.0f - mean[i % 3]) / std[i % 3]);
  }
}

TEST(Normalizer, OneMeanServesAllChannels) {
  const std::vector<std::uint8_t> pixels = {0, 51, 255};
  std::vector<float> out(3);
  Normalizer(3, std::vector{0.2f}, std::vector{0.5f}).apply(pixels, out);
  EXPECT_EQ(out, (std::vector{-0.4f, 0.0f, 1.6f}));
}

TEST(Normalizer, RefusesNumbersThatMakeNoSense) {
  const std::vector<float> two = {0, 0};
  const std::vector<float> one = {1};
  EXPECT_THROW(Normalizer(3, two, one), Error);
  EXPECT_THROW(Normalizer(3, one, std::vector{0.0f}), Error);
  EXPECT_THROW(Normalizer(2, one, one), Error);
}

}  // namespace
}  // namespace lockstep
