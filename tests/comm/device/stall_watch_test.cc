#include "comm/device/stall_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

TEST(StallWatch, AsksUntilTheDeviceIsDone) {
  int asked = 0, checked = 0;
  watch_until([&] { return ++asked == 5; }, [&] { ++checked; }, 60);
  EXPECT_EQ(asked, 5);
  EXPECT_EQ(checked, 4);
}

TEST(StallWatch, WhatIsDoneNeedsNoPeers) {
  watch_until([] { return true; }, [] { fail(ExitCode::rank_lost, "gone"); }, 1e-9);
}

TEST(StallWatch, EndsWithALostPeerBeforeTheLimit) {
  int checked = 0;
  const auto peers = [&] { check(++checked < 3, ExitCode::rank_lost, "rank 1 is gone"); };
  EXPECT_EQ(message_of(ExitCode::rank_lost, [&] { watch_until([] { return false; }, peers, 60); }),
            "rank 1 is gone");
}

TEST(StallWatch, EndsWithARankLostAtTheLimit) {
  const auto stall = [](double limit) { watch_until([] { return false; }, [] {}, limit); };
  EXPECT_THAT(message_of(ExitCode::rank_lost, [&] { stall(0.02); }),
              testing::AllOf(testing::HasSubstr("within 0.02 s (train.stall_timeout_s)"),
                             testing::HasSubstr("0: no limit")));
}

TEST(StallWatch, ZeroIsNoLimit) {
  int asked = 0;
  watch_until([&] { return ++asked == 50; }, [] {}, 0);
  EXPECT_EQ(asked, 50);
}

}  // namespace
}  // namespace lockstep
