#include "comm/device/stall_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

TEST(StallWatch, AsksUntilTheDeviceIsDone) {
  int asked = 0, checked = 0;
  watch_until([&] { return ++asked == 5; }, [&] { ++checked; }, {.seconds = 60, .cause = ""});
  EXPECT_EQ(asked, 5);
  EXPECT_EQ(checked, 4);
}

TEST(StallWatch, WhatIsDoneNeedsNoPeers) {
  watch_until([] { return true; }, [] { fail(ExitCode::rank_lost, "gone"); },
              {.seconds = 1e-9, .cause = ""});
}

TEST(StallWatch, EndsWithALostPeerBeforeTheLimit) {
  int checked = 0;
  const auto peers = [&] { check(++checked < 3, ExitCode::rank_lost, "rank 1 is gone"); };
  EXPECT_EQ(
      message_of(ExitCode::rank_lost,
                 [&] { watch_until([] { return false; }, peers, {.seconds = 60, .cause = ""}); }),
      "rank 1 is gone");
}

TEST(StallWatch, EndsWithARankLostAtTheLimit) {
  const auto stall = [](double limit) {
    watch_until([] { return false; }, [] {}, {.seconds = limit, .cause = "rank 1 sleeps"});
  };
  EXPECT_THAT(
      message_of(ExitCode::rank_lost, [&] { stall(0.02); }),
      testing::AllOf(testing::HasSubstr("within 0.02 s (train.stall_timeout_s): rank 1 sleeps."),
                     testing::HasSubstr("0: no limit")));
}

TEST(StallWatch, ZeroIsNoLimit) {
  int asked = 0;
  watch_until([&] { return ++asked == 50; }, [] {}, {.seconds = 0, .cause = ""});
  EXPECT_EQ(asked, 50);
}

}  // namespace
}  // namespace lockstep
