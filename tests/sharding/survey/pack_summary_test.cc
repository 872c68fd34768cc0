#include "sharding/survey/pack_summary.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/survey/class_balance.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;

TEST(Distribution, IsWhatNumPySays) {
  std::vector<float> values{4, 1, 3, 2, 10};
  const Distribution d = distribution_of(values, 3);
  EXPECT_EQ(d.count, 5u);
  EXPECT_EQ(d.min, 1);
  EXPECT_EQ(d.lower_quartile, 2);
  EXPECT_EQ(d.median, 3);
  EXPECT_EQ(d.upper_quartile, 4);
  EXPECT_EQ(d.max, 10);
  EXPECT_EQ(d.mean, 4);
  EXPECT_DOUBLE_EQ(d.std, std::sqrt(10.0));
  EXPECT_THAT(d.histogram, ElementsAre(3, 1, 1));  // 4 begins the second third of [1, 10]

  std::vector<float> four{0, 1, 2, 3};
  const Distribution even = distribution_of(four);
  EXPECT_DOUBLE_EQ(even.lower_quartile, 0.75);
  EXPECT_DOUBLE_EQ(even.median, 1.5);
  EXPECT_DOUBLE_EQ(even.upper_quartile, 2.25);
  EXPECT_TRUE(even.histogram.empty());
}

TEST(Distribution, LeavesOutWhatIsNoNumber) {
  std::vector<float> values{std::numeric_limits<float>::quiet_NaN(), 5,
                            std::numeric_limits<float>::infinity(), 7};
  EXPECT_EQ(distribution_of(values).count, 2u);
  std::vector<float> nothing{-std::numeric_limits<float>::infinity()};
  EXPECT_EQ(distribution_of(nothing, 2),
            (Distribution{.histogram = std::vector<std::uint64_t>(2)}));
}

TEST(Distribution, OfEqualNumbersHasOnePart) {
  std::vector<float> values(9, 2.5f);
  const Distribution d = distribution_of(values, 4);
  EXPECT_THAT(d.histogram, ElementsAre(9, 0, 0, 0));
  EXPECT_EQ(d.lower_quartile, 2.5);
  EXPECT_EQ(d.std, 0);
}

TEST(ClassBalance, ComparesTheLargestAndTheSmallest) {
  const std::vector<std::uint64_t> classes{8, 0, 2, 2};
  const ClassBalance balance = class_balance(classes);
  EXPECT_EQ(balance.largest, 0u);
  EXPECT_EQ(balance.smallest, 2u);
  EXPECT_EQ(balance.empty, 1u);
  EXPECT_DOUBLE_EQ(balance.ratio, 4);
  // Shares 2/3, 1/6, 1/6.
  EXPECT_NEAR(balance.effective_classes, std::pow(1.5, 2.0 / 3) * std::pow(6, 1.0 / 3), 1e-12);
}

TEST(ClassBalance, OfEqualClassesIsTheirNumber) {
  const std::vector<std::uint64_t> classes(10, 7);
  EXPECT_NEAR(class_balance(classes).effective_classes, 10, 1e-12);
  EXPECT_EQ(class_balance(classes).ratio, 1);
}

TEST(AdvisedImageSize, FollowsTheShorterSides) {
  const auto advice = [](std::vector<float> sides) {
    return advised_image_size(distribution_of(sides));
  };
  EXPECT_EQ(advice({28, 28}), 28);
  EXPECT_EQ(advice({224, 224}), 224);
  EXPECT_EQ(advice({500, 500}), 224);
  EXPECT_EQ(advice({100, 130, 130, 200, 900}), 128);
  EXPECT_EQ(advice({300, 400, 500}), 224);
  EXPECT_EQ(advice({10, 20, 30}), 32);
}

TEST(PackSummary, MeasuresSizesOfEachSplit) {
  const TemporaryDirectory directory;
  MemorySource source({LabelKind::int64, 1}, {"a", "b"});
  source.add("train", "1", "xx", 0);
  source.add("train", "2", "xxxx", 1);
  source.add("train", "3", "xxxxxxxxx", 1);
  source.add("valid", "4", "xxxxx", 1);
  write_pack(source, {.out = directory / "pack", .progress = {}});
  const std::vector<SplitSummary> splits = summarize(Pack(directory / "pack"));
  ASSERT_EQ(splits.size(), 2u);
  EXPECT_EQ(splits[0].width.min, 2);
  EXPECT_EQ(splits[0].width.median, 4);
  EXPECT_EQ(splits[0].width.max, 9);
  EXPECT_EQ(splits[0].width.mean, 5);
  EXPECT_EQ(splits[0].height.max, 1);
  EXPECT_EQ(splits[0].shorter_side.max, 1);
  EXPECT_EQ(splits[0].aspect_ratio.upper_quartile, 6.5);
  EXPECT_THAT(splits[0].class_samples, ElementsAre(1, 2));
  EXPECT_EQ(splits[1].width.median, 5);
  EXPECT_THAT(splits[1].class_samples, ElementsAre(0, 1));
}

TEST(PackSummary, MeasuresTargetsAndCountsFlags) {
  const TemporaryDirectory directory;
  MemorySource ages({LabelKind::float32, 2}, {});
  MemorySource flags({LabelKind::uint8, 3}, {});
  for (int i = 0; i < 5; ++i) {
    const std::string name = std::to_string(i);
    const auto number = static_cast<float>(i);
    ages.add("train", name, "x" + name, -1, {10 * number, -number});
    flags.add("train", name, "x" + name, -1, {1, number > 2 ? 1.0f : 0.0f, 0});
  }
  write_pack(ages, {.out = directory / "ages", .progress = {}});
  write_pack(flags, {.out = directory / "flags", .progress = {}});
  const SplitSummary of_ages = summarize(Pack(directory / "ages")).at(0);
  ASSERT_EQ(of_ages.targets.size(), 2u);
  EXPECT_EQ(of_ages.targets[0].median, 20);
  EXPECT_EQ(of_ages.targets[0].upper_quartile, 30);
  EXPECT_EQ(of_ages.targets[1].min, -4);
  EXPECT_EQ(of_ages.targets[1].histogram.front(), 1u);
  EXPECT_TRUE(of_ages.flag_samples.empty());
  const SplitSummary of_flags = summarize(Pack(directory / "flags")).at(0);
  EXPECT_THAT(of_flags.flag_samples, ElementsAre(5, 2, 0));
  EXPECT_TRUE(of_flags.targets.empty());
}

}  // namespace
}  // namespace lockstep
