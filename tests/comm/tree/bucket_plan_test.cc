#include "comm/tree/bucket_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using testing::ElementsAre;

TEST(BucketPlan, GoesFromTheEndToTheStart) {
  EXPECT_THAT(plan_buckets(1000, 100, 300, 50),
              ElementsAre(ElementRange{900, 1000}, ElementRange{600, 900}, ElementRange{300, 600},
                          ElementRange{0, 300}));
}

TEST(BucketPlan, StartsAtMultiplesOfTheGranule) {
  EXPECT_THAT(plan_buckets(1010, 90, 290, 64),
              ElementsAre(ElementRange{896, 1010}, ElementRange{576, 896}, ElementRange{256, 576},
                          ElementRange{0, 256}));
}

TEST(BucketPlan, OneBucketWhereAllFits) {
  EXPECT_THAT(plan_buckets(10, std::int64_t{1} << 60, 1, 64), ElementsAre(ElementRange{0, 10}));
}

TEST(BucketPlan, CoversEverythingOnce) {
  for (std::int64_t elements = 1; elements < 600; ++elements) {
    std::int64_t end = elements;
    for (const ElementRange& bucket : plan_buckets(elements, 17, 101, 8)) {
      ASSERT_EQ(bucket.end, end);
      ASSERT_GT(bucket.size(), 0);
      ASSERT_EQ(bucket.begin % 8, 0);
      end = bucket.begin;
    }
    ASSERT_EQ(end, 0);
  }
}

TEST(BucketTracker, ReleasesBucketsInThePlansOrderOnly) {
  BucketTracker tracker({{20, 30}, {10, 20}, {0, 10}});
  EXPECT_EQ(tracker.ready(0, 15), 0);  // the last bucket is complete, the first is not
  EXPECT_EQ(tracker.ready(25, 30), 0);
  EXPECT_EQ(tracker.ready(20, 25), 1);
  EXPECT_EQ(tracker.ready(15, 20), 3);
}

TEST(BucketTracker, StartsAnewAfterReset) {
  BucketTracker tracker({{5, 10}, {0, 5}});
  EXPECT_EQ(tracker.ready(0, 10), 2);
  tracker.reset();
  EXPECT_EQ(tracker.ready(0, 5), 0);
  EXPECT_EQ(tracker.ready(5, 10), 2);
}

}  // namespace
}  // namespace lockstep
