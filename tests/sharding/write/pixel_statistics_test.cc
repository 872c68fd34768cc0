#include "sharding/write/pixel_statistics.h"

#include <cmath>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

using Pixels = std::vector<std::uint8_t>;

TEST(PixelStatistics, GreyImagesHaveOneChannel) {
  PixelStatistics statistics;
  statistics.add(Pixels{0, 255}, 1);
  statistics.add(Pixels{255, 255}, 1);
  EXPECT_EQ(statistics.channels(), 1);
  EXPECT_DOUBLE_EQ(statistics.mean().at(0), 0.75);
  EXPECT_DOUBLE_EQ(statistics.std().at(0), std::sqrt(0.75 * 0.25));
}

TEST(PixelStatistics, AGreyImageCountsInAllChannelsOfColourOnes) {
  PixelStatistics statistics;
  statistics.add(Pixels{0, 51, 102, 0, 51, 102}, 3);
  statistics.add(Pixels{255, 255}, 1);
  EXPECT_EQ(statistics.channels(), 3);
  const std::vector<double> mean = statistics.mean();
  ASSERT_EQ(mean.size(), 3u);
  EXPECT_DOUBLE_EQ(mean[0], 0.5);
  EXPECT_DOUBLE_EQ(mean[1], 0.6);
  EXPECT_DOUBLE_EQ(mean[2], 0.7);
  EXPECT_NEAR(statistics.std().at(2), 0.3, 1e-15);
}

TEST(PixelStatistics, TheOrderOfAddingChangesNoBit) {
  PixelStatistics forward;
  PixelStatistics backward;
  std::vector<PixelStatistics> parts(50);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].add(Pixels(30, static_cast<std::uint8_t>(i * 37)), i % 3 == 0 ? 1 : 3);
    forward.add(parts[i]);
  }
  for (std::size_t i = parts.size(); i-- > 0;) backward.add(parts[i]);
  EXPECT_EQ(forward.mean(), backward.mean());
  EXPECT_EQ(forward.std(), backward.std());
}

TEST(PixelStatistics, AnImageIsTheSumOfItsPixels) {
  for (const int channels : {1, 3}) {
    for (const std::size_t count : {1, 15, 16, 17, 48, 49, 1000}) {
      Pixels pixels(count * static_cast<std::size_t>(channels));
      for (std::size_t i = 0; i < pixels.size(); ++i) {
        pixels[i] = static_cast<std::uint8_t>(i * i * 31 + i % 3 * 50);
      }
      PixelStatistics at_once;
      at_once.add(pixels, channels);
      PixelStatistics one_by_one;
      const auto step = static_cast<std::size_t>(channels);
      for (std::size_t i = 0; i < pixels.size(); i += step) {
        one_by_one.add(std::span(pixels).subspan(i, step), channels);
      }
      EXPECT_EQ(at_once.mean(), one_by_one.mean()) << count << " x " << channels;
      EXPECT_EQ(at_once.std(), one_by_one.std()) << count << " x " << channels;
    }
  }
}

TEST(PixelStatistics, AHugeWhiteImageOverflowsNothing) {
  PixelStatistics statistics;
  statistics.add(Pixels(std::size_t{3} << 22, 255), 3);
  statistics.add(Pixels(std::size_t{3} << 22, 0), 3);
  EXPECT_EQ(statistics.mean(), std::vector<double>(3, 0.5));
  EXPECT_EQ(statistics.std(), std::vector<double>(3, 0.5));
}

TEST(PixelStatistics, AChannelThatNeverVariesHasAStdOfOne) {
  PixelStatistics statistics;
  for (int i = 0; i < 1000; ++i) statistics.add(Pixels(997, 131), 1);
  EXPECT_DOUBLE_EQ(statistics.mean().at(0), 131 / 255.0);
  EXPECT_EQ(statistics.std().at(0), 1.0);
}

}  // namespace
}  // namespace lockstep
