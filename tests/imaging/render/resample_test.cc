#include "imaging/render/resample.h"

#include <random>

#include <gtest/gtest.h>

#include "imaging/render/resample_plain.h"

namespace lockstep {
namespace {

Image noise(int height, int width, int channels) {
  Image image;
  image.reshape(height, width, channels);
  std::mt19937 random(7);
  for (std::size_t i = 0; i < image.size_bytes(); ++i) {
    image.row(0)[i] = static_cast<std::uint8_t>(random());
  }
  return image;
}

TEST(AxisFilter, WeightsAddUpToOneAndStayInside) {
  AxisFilter filter;
  for (double step : {0.1, 0.5, 1.0, 1.37, 2.0, 7.3, 90.0, -1.0, -2.6}) {
    for (int size : {1, 2, 7, 300}) {
      for (Border border : {Border::black, Border::edge, Border::reflect}) {
        filter.build(40, {step > 0 ? -3.3 : size + 3.3, step}, size, border,
                     std::max(1.0, std::abs(step)));
        for (int i = 0; i < 40; ++i) {
          int sum = 0;
          for (int weight : filter.weights(i)) {
            EXPECT_GE(weight, 0);
            sum += weight;
          }
          if (!filter.weights(i).empty()) {
            ASSERT_EQ(sum, AxisFilter::kOne);
          }
          ASSERT_EQ(sum == 0, border == Border::black && filter.weights(i).empty());
          ASSERT_GE(filter.start(i), filter.first());
          ASSERT_LE(filter.start(i) + static_cast<int>(filter.weights(i).size()), filter.last());
          ASSERT_LE(filter.last(), size);
        }
      }
    }
  }
}

TEST(AxisFilter, BordersShowWhatTheySay) {
  AxisFilter filter;
  const auto only_tap = [&](int i) { return filter.weights(i).size() == 1 ? filter.start(i) : -1; };
  filter.build(12, {-4, 1}, 4, Border::black, 1);
  for (int i : {0, 3, 8, 11}) EXPECT_TRUE(filter.weights(i).empty());
  EXPECT_EQ(only_tap(4), 0);
  EXPECT_EQ(only_tap(7), 3);
  filter.build(12, {-4, 1}, 4, Border::edge, 1);
  for (int i = 0; i < 12; ++i) EXPECT_EQ(only_tap(i), std::clamp(i - 4, 0, 3));
  filter.build(12, {-4, 1}, 4, Border::reflect, 1);
  const int wanted[] = {2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1};
  for (int i = 0; i < 12; ++i) {
    int place = -1;  // of the tap that weighs all
    for (std::size_t k = 0; k < filter.weights(i).size(); ++k) {
      if (filter.weights(i)[k] == AxisFilter::kOne) place = filter.start(i) + static_cast<int>(k);
    }
    EXPECT_EQ(place, wanted[i]) << i;
  }
}

TEST(Resampler, EveryInstructionSetGivesTheSameBits) {
  Resampler plain(plain_resample_kernels());
  Resampler best;
  AxisFilter rows;
  AxisFilter columns;
  for (int channels : {1, 3}) {
    for (int width : {1, 2, 5, 16, 17, 61, 200}) {
      const Image image = noise(37, width, channels);
      for (int out_width : {1, 2, 3, 4, 5, 8, 31, 64, 130}) {
        for (double flip : {1.0, -1.0}) {
          const double step = flip * width / out_width;
          rows.build(29, {0, 37 / 29.0}, 37, Border::black, 37 / 29.0);
          columns.build(out_width, {flip > 0 ? 0.0 : width, step}, width, Border::black,
                        std::max(1.0, std::abs(step)));
          // On the heap and of exactly this size, so that a sanitizer sees what lies beyond.
          std::vector<std::uint8_t> source(image.view().pixels,
                                           image.view().pixels + image.size_bytes());
          source.shrink_to_fit();
          const ImageView whole{source.data(), 37, width, channels, image.row_bytes()};
          const ImageView part =
              whole.part(rows.first(), columns.first(), rows.last() - rows.first(),
                         columns.last() - columns.first());
          std::vector<std::uint8_t> expected(std::size_t(29 * out_width * channels));
          std::vector<std::uint8_t> drawn(expected.size());
          plain.draw(part, rows, columns, expected.data());
          best.draw(part, rows, columns, drawn.data());
          ASSERT_EQ(drawn, expected) << channels << ' ' << width << ' ' << out_width;
        }
      }
    }
  }
}

}  // namespace
}  // namespace lockstep
