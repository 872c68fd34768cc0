#include "analysis/errors.h"

#include <gtest/gtest.h>

#include "analysis/confusion.h"

namespace lockstep {
namespace {

TEST(ErrorsByRange, TruthsThatRepeatAreInOneRange) {
  const std::vector<double> truths = {1, 1, 1, 1, 1, 1, 1, 2},
                            predictions = {1, 1, 1, 1, 1, 1, 1, 4};
  const std::vector<RangeErrors> ranges = errors_by_range(truths, predictions, 4);
  std::size_t count = 0;
  for (const RangeErrors& range : ranges) count += range.count;
  EXPECT_EQ(count, truths.size());
  EXPECT_LE(ranges.size(), 2u);
}

TEST(ErrorsByRange, OfOneTruthThereIsOneRange) {
  const std::vector<double> truths = {3, 3}, predictions = {2, 5};
  const std::vector<RangeErrors> ranges = errors_by_range(truths, predictions, 5);
  ASSERT_EQ(ranges.size(), 1u);
  EXPECT_EQ(ranges[0].errors.mean_absolute, 1.5);
  EXPECT_TRUE(errors_by_range({}, {}, 5).empty());
}

TEST(MostConfused, AreTheLargestPairsWithoutTheDiagonal) {
  const std::vector<std::int64_t> truths = {0, 0, 0, 1, 1, 2, 2},
                                  predictions = {0, 1, 1, 1, 0, 0, 2};
  const std::vector<ConfusedPair> pairs = most_confused(confusion_of(truths, predictions, 3), 2);
  ASSERT_EQ(pairs.size(), 2u);
  EXPECT_EQ(pairs[0].count, 2);
  EXPECT_EQ(pairs[0].prediction, 1u);
  EXPECT_EQ(pairs[1].truth, 1u);  // of equal counts the first class
}

}  // namespace
}  // namespace lockstep
