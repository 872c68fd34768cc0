#include "sharding/feed/cursor.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

TEST(Cursor, AdvancesStepByStepAndInOneLeapAlike) {
  for (std::uint64_t samples = 1; samples <= 40; ++samples) {
    for (std::uint64_t global_batch = 1; global_batch <= samples; ++global_batch) {
      const EpochShape shape{samples, global_batch};
      for (std::uint64_t offset = 0; offset <= samples; ++offset) {
        const Cursor start{5, offset};
        Cursor cursor = advance(start, 0, shape);
        for (std::uint64_t steps = 0; steps < 2 * samples + 2; ++steps) {
          ASSERT_EQ(advance(start, steps, shape), cursor);
          ASSERT_LE(cursor.offset + global_batch, samples);
          cursor.offset += global_batch;
          if (cursor.offset + global_batch > samples) cursor = {cursor.epoch + 1, 0};
        }
      }
    }
  }
}

TEST(Cursor, AnEpochsTailIsDropped) {
  const EpochShape shape{10, 4};
  EXPECT_EQ(shape.steps_per_epoch(), 2u);
  EXPECT_EQ(advance({0, 0}, 1, shape), (Cursor{0, 4}));
  EXPECT_EQ(advance({0, 0}, 2, shape), (Cursor{1, 0}));
  EXPECT_EQ(advance({0, 3}, 1, shape), (Cursor{1, 0}));
}

TEST(Cursor, ALargerGlobalBatchMayEndTheEpochEarly) {
  EXPECT_EQ(advance({2, 6}, 0, {10, 4}), (Cursor{2, 6}));
  EXPECT_EQ(advance({2, 6}, 0, {10, 5}), (Cursor{3, 0}));
}

TEST(Cursor, CountsStepsToAnEpoch) {
  const EpochShape shape{10, 3};
  EXPECT_EQ(steps_until_epoch({0, 0}, 2, shape), 6u);
  EXPECT_EQ(steps_until_epoch({0, 5}, 2, shape), 4u);
  EXPECT_EQ(steps_until_epoch({1, 8}, 2, shape), 0u);
  EXPECT_EQ(steps_until_epoch({2, 0}, 2, shape), 0u);
  EXPECT_EQ(steps_left_in_epoch({0, 4}, shape), 2u);
  EXPECT_EQ(steps_left_in_epoch({0, 10}, shape), 0u);
  const Cursor start{1, 2};
  EXPECT_EQ(advance(start, steps_until_epoch(start, 9, shape), shape), (Cursor{9, 0}));
}

TEST(Cursor, IsWhatSchedulesCount) { EXPECT_DOUBLE_EQ(epochs_done({3, 5}, {20, 4}), 3.25); }

TEST(Cursor, AnEpochWithoutAStepIsAConfigError) {
  EXPECT_NO_THROW(check_epoch_shape({128, 128}));
  const std::string message = message_of(ExitCode::usage, [&] { check_epoch_shape({127, 128}); });
  EXPECT_NE(message.find("127"), std::string::npos);
  EXPECT_NE(message.find("train.batch"), std::string::npos);
  EXPECT_THROW(check_epoch_shape({128, 0}), Error);
}

}  // namespace
}  // namespace lockstep
