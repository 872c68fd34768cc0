#include "imaging/render/heat_overlay.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

Image plain(int height, int width, int channels, std::uint8_t value) {
  Image image;
  image.reshape(height, width, channels);
  std::fill_n(image.row(0), image.size_bytes(), value);
  return image;
}

TEST(HeatOverlay, ColoursThePlaceThatIsHotAndLeavesTheRestGrey) {
  const std::vector<float> heat = {0, 0, 0, 1};
  const Image image = plain(40, 60, 3, 100);
  Image result = heat_overlay(image.view(), heat, 2, 2, /*least_side=*/10);
  ASSERT_EQ(result.height(), 40);
  ASSERT_EQ(result.width(), 60);
  ASSERT_EQ(result.channels(), 3);
  const std::uint8_t* const cold = result.row(0);
  EXPECT_TRUE(cold[0] == 100 && cold[1] == 100 && cold[2] == 100);
  const std::uint8_t* const hot = result.row(39) + 3 * 59;
  EXPECT_GT(hot[0], hot[1] + 100) << "red";
  EXPECT_GT(hot[0], hot[2] + 100);
}

TEST(HeatOverlay, EnlargesSmallImagesByAWholeFactor) {
  Image image = plain(2, 3, 1, 0);
  image.row(0)[1] = 200;
  const std::vector<float> heat = {0};
  Image result = heat_overlay(image.view(), heat, 1, 1, /*least_side=*/7);
  ASSERT_EQ(result.height(), 6);
  ASSERT_EQ(result.width(), 9);
  EXPECT_EQ(result.row(2)[3 * 2], 0);
  EXPECT_EQ(result.row(2)[3 * 3], 200);
  EXPECT_EQ(result.row(2)[3 * 5], 200);
  EXPECT_EQ(result.row(3)[3 * 3], 0);
}

}  // namespace
}  // namespace lockstep
