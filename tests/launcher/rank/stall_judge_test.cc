#include "launcher/rank/stall_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Three ranks that say something each second, and are judged after it; the timeout is 10 s.
class StallJudgeOfThree : public testing::Test {
 protected:
  StallJudgeOfThree() {
    for (int rank = 0; rank < 3; ++rank) {
      Heartbeat heartbeat;
      heartbeat.host = "n" + std::to_string(rank);
      heartbeat.pid = 100 + rank;
      heartbeat.phase = "reading";
      heartbeats_.emplace_back(heartbeat);
    }
  }

  enum class Doing { works, stuck, waits, frozen };

  /// `doing` for some seconds; what was judged last.
  std::optional<Stall> pass(int seconds, const std::vector<Doing>& doing) {
    std::optional<Stall> last;
    for (int i = 0; i < seconds; ++i) {
      now_ += 1s;
      for (std::size_t rank = 0; rank < 3; ++rank) {
        Heartbeat& heartbeat = *heartbeats_[rank];
        if (doing[rank] != Doing::frozen) ++heartbeat.tick;
        if (doing[rank] == Doing::works) ++heartbeat.pulse.beats;
        heartbeat.pulse.waits = doing[rank] == Doing::waits;
      }
      last = judge_.judge(heartbeats_, now_);
      if (last) break;
    }
    return last;
  }

  StallJudge::Clock::time_point now_{};
  StallJudge judge_{3, {.timeout = 10s, .period = 1s}, now_};
  std::vector<std::optional<Heartbeat>> heartbeats_;
};

TEST_F(StallJudgeOfThree, NeverMindsWorkHoweverLong) {
  EXPECT_FALSE(pass(1000, {Doing::works, Doing::works, Doing::works}));
  EXPECT_FALSE(pass(1000, {Doing::works, Doing::waits, Doing::waits}))
      << "two wait for one that works";
  EXPECT_FALSE(pass(9, {Doing::stuck, Doing::waits, Doing::waits}));
  EXPECT_FALSE(pass(1, {Doing::works, Doing::works, Doing::works}));
  EXPECT_FALSE(pass(9, {Doing::frozen, Doing::waits, Doing::waits}));
}

TEST_F(StallJudgeOfThree, KnowsWhoIsSilentBeforeTheTimeout) {
  EXPECT_FALSE(pass(5, {Doing::frozen, Doing::waits, Doing::works}));
  const std::optional<Stall> silent = judge_.find_silent(4s);
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->rank, 0);
  EXPECT_EQ(silent->host, "n0");
  EXPECT_EQ(judge_.first_that_runs(4s), 1) << "that one tells of it";
  EXPECT_FALSE(judge_.find_silent(6s));
  EXPECT_EQ(judge_.first_that_runs(6s), 0);
}

TEST_F(StallJudgeOfThree, NamesARankThatIsFrozenWhileTheOthersWait) {
  pass(5, {Doing::works, Doing::works, Doing::works});
  const auto stall = pass(12, {Doing::waits, Doing::frozen, Doing::waits});
  ASSERT_TRUE(stall);
  EXPECT_EQ(stall->rank, 1);
  EXPECT_EQ(stall->host, "n1");
  EXPECT_TRUE(stall->is_silent);
  EXPECT_THAT(stall->cause, HasSubstr("process (101) has not run for 10 s"));
}

TEST_F(StallJudgeOfThree, NamesARankThatIsStuckWhileTheOthersWait) {
  pass(5, {Doing::works, Doing::works, Doing::works});
  const auto stall = pass(12, {Doing::waits, Doing::waits, Doing::stuck});
  ASSERT_TRUE(stall);
  EXPECT_EQ(stall->rank, 2);
  EXPECT_FALSE(stall->is_silent);
  EXPECT_EQ(stall->phase, "reading");
}

TEST_F(StallJudgeOfThree, NamesTheOneThatIsBehindWhereAllWait) {
  heartbeats_[0]->pulse.collectives = heartbeats_[2]->pulse.collectives = 7;
  heartbeats_[1]->pulse.collectives = 6;
  const auto stall = pass(12, {Doing::waits, Doing::waits, Doing::waits});
  ASSERT_TRUE(stall);
  EXPECT_EQ(stall->rank, 1);
  EXPECT_THAT(stall->cause, HasSubstr("in collective 6, and others in collective 7"));
  heartbeats_[1]->pulse.collectives = 7;
  EXPECT_FALSE(pass(9, {Doing::waits, Doing::waits, Doing::waits})) << "it has gone on";
  EXPECT_THAT(pass(2, {Doing::waits, Doing::waits, Doing::waits}).value().cause,
              HasSubstr("the network"));
}

TEST_F(StallJudgeOfThree, NamesTheOneThatDoesSomethingElse) {
  for (auto& heartbeat : heartbeats_) {
    heartbeat->pulse.collectives = 7;
    heartbeat->collective = "a broadcast of 8 bytes";
  }
  heartbeats_[1]->collective = "a gathering of 8 bytes";
  const auto stall = pass(12, {Doing::waits, Doing::waits, Doing::waits});
  ASSERT_TRUE(stall);
  EXPECT_EQ(stall->rank, 1);
  EXPECT_THAT(stall->cause,
              HasSubstr("collective 7, which is a gathering of 8 bytes here, and a broadcast of 8 "
                        "bytes on rank 0"));
}

TEST_F(StallJudgeOfThree, DoesNotMissWhoHasEnded) {
  heartbeats_[1]->done = true;
  EXPECT_FALSE(pass(100, {Doing::works, Doing::frozen, Doing::works}));
  heartbeats_[0]->pulse.collectives = 3;
  const auto stall = pass(12, {Doing::waits, Doing::frozen, Doing::waits});
  ASSERT_TRUE(stall) << "two wait for one that has ended";
}

TEST_F(StallJudgeOfThree, ARankThatHasNeverSaidAnythingIsMissed) {
  heartbeats_[2].reset();
  std::optional<Stall> stall;
  for (int i = 0; i < 12 && !stall; ++i) {
    now_ += 1s;
    for (int rank = 0; rank < 2; ++rank) ++heartbeats_[static_cast<std::size_t>(rank)]->tick;
    for (int rank = 0; rank < 2; ++rank) ++heartbeats_[static_cast<std::size_t>(rank)]->pulse.beats;
    stall = judge_.judge(heartbeats_, now_);
  }
  ASSERT_TRUE(stall);
  EXPECT_EQ(stall->rank, 2);
}

TEST_F(StallJudgeOfThree, APauseOfItsOwnIsNotTheOthersFault) {
  pass(5, {Doing::works, Doing::works, Doing::works});
  now_ += 1h;  // all were stopped, and go on
  EXPECT_FALSE(pass(9, {Doing::frozen, Doing::frozen, Doing::frozen}));
  EXPECT_TRUE(pass(2, {Doing::frozen, Doing::frozen, Doing::frozen}));
}

TEST(HeartbeatBoard, GivesBackWhatEachRankHasWritten) {
  const TemporaryDirectory directory;
  HeartbeatBoard::reset(directory.path());
  const HeartbeatBoard one(directory.path(), 1, 3);
  const HeartbeatBoard two(directory.path(), 2, 3);
  Heartbeat heartbeat{.tick = 5,
                      .host = "größe\n",
                      .pid = 17,
                      .pulse = {.beats = 1, .collectives = 2, .waits = true},
                      .collective = "a barrier",
                      .step = 3,
                      .phase = "writing \"x\"",
                      .done = false};
  one.write(heartbeat);
  EXPECT_EQ(two.read(), (std::vector<std::optional<Heartbeat>>{{}, heartbeat, {}}));
  heartbeat.tick = 1'000'000'000'000;
  heartbeat.step = 6;
  two.write(heartbeat);
  EXPECT_EQ(one.read()[2], heartbeat);
  EXPECT_TRUE(one.read()[1]);
  Heartbeat longest = heartbeat;
  longest.host.assign(500, 'x');
  longest.phase.assign(500, '\x01');  // six characters each in JSON
  one.write(longest);
  EXPECT_EQ(one.read()[2], heartbeat) << "the neighbour is as it was";
  HeartbeatBoard::reset(directory.path());
  EXPECT_FALSE(one.read()[1]);
}

}  // namespace
}  // namespace lockstep
