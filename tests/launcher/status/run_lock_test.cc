#include "launcher/status/run_lock.h"

#include <csignal>
#include <future>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "core/storage/new_file.h"
#include "launcher/rank/heartbeat_board.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

constexpr LockTimes kShort{.still = 300ms, .glance = 150ms, .patience = 700ms};

TEST(JudgeHolder, TakesOverOnlyWhatIsGoneForCertain) {
  using enum LockVerdict;
  const LockTimes times{.still = 15s, .glance = 3s, .patience = 100s};
  struct Case {
    const char* what;
    HolderEvidence evidence;
    LockVerdict verdict;
  };
  const Case cases[] = {
      {"seen here", {.is_there = true}, refuse},
      {"seen here, silent for long", {.still_for = 90s, .waited = 90s, .is_there = true}, refuse},
      {"seen to move", {.has_moved = true, .still_for = 1s, .waited = 2s}, refuse},
      {"gone from here, too soon", {.still_for = 14s, .waited = 14s, .is_there = false}, wait},
      {"gone from here", {.still_for = 15s, .waited = 15s, .is_there = false}, take},
      {"of an earlier attempt, too soon",
       {.still_for = 14s, .waited = 14s, .is_earlier_attempt = true},
       wait},
      {"of an earlier attempt",
       {.still_for = 15s, .waited = 15s, .is_earlier_attempt = true},
       take},
      {"of an earlier attempt that still lives",
       {.has_moved = true, .still_for = 1s, .waited = 50s, .is_earlier_attempt = true},
       wait},
      {"of an earlier attempt that does not die",
       {.has_moved = true, .still_for = 1s, .waited = 100s, .is_earlier_attempt = true},
       refuse},
      {"of an earlier attempt, seen here",
       {.still_for = 50s, .waited = 50s, .is_there = true, .is_earlier_attempt = true},
       wait},
      {"ended, as Slurm says", {.still_for = 15s, .waited = 15s, .job_has_ended = true}, take},
      {"ended, as Slurm says, and it moves",
       {.has_moved = true, .still_for = 1s, .waited = 20s, .job_has_ended = true},
       refuse},
      {"not ended, as Slurm says", {.still_for = 50s, .waited = 50s, .job_has_ended = false}, wait},
      {"elsewhere and silent", {.still_for = 50s, .waited = 50s}, wait},
      {"elsewhere and silent for too long", {.still_for = 100s, .waited = 100s}, refuse},
  };
  for (const Case& test : cases) EXPECT_EQ(judge(test.evidence, times), test.verdict) << test.what;
}

TEST(RunHolder, ComesBackAsItWasWritten) {
  RunHolder holder = this_process({{"SLURM_JOB_ID", "17"}, {"SLURM_RESTART_COUNT", "2"}});
  EXPECT_EQ(holder.pid, ::getpid());
  EXPECT_GT(holder.started, 0u);
  EXPECT_EQ(decode_holder(encode(holder)), holder);
  EXPECT_THAT(to_text(holder), AllOf(HasSubstr("Slurm job 17"), HasSubstr("attempt 3")));
  holder.host = "node\x1b[31m";
  EXPECT_THAT(to_text(holder), HasSubstr("node\\u001b"));
  for (const char* bad : {"", "node3, process 17, since 2026", "{}", "[]", R"({"host": 1})"}) {
    EXPECT_FALSE(decode_holder(bad).has_value()) << bad;
  }
}

TEST(RunHolder, IsSeenOnlyFromItsOwnMachine) {
  const RunHolder self = this_process({});
  EXPECT_EQ(is_there(self, self), true);
  RunHolder other = self;
  other.started += 1;  // another process had this id before
  EXPECT_EQ(is_there(other, self), false);
  for (std::string RunHolder::*member :
       {&RunHolder::host, &RunHolder::boot_id, &RunHolder::pid_namespace}) {
    other = self;
    other.*member += "x";
    EXPECT_EQ(is_there(other, self), std::nullopt);
  }
}

TEST(RunHolder, AnEarlierAttemptIsOneOfTheSameJob) {
  const RunHolder second = this_process({{"SLURM_JOB_ID", "7"}, {"SLURM_RESTART_COUNT", "1"}});
  RunHolder first = second;
  first.restarts = 0;
  EXPECT_TRUE(is_earlier_attempt(first, second));
  EXPECT_FALSE(is_earlier_attempt(second, first));
  EXPECT_FALSE(is_earlier_attempt(second, second));
  first.job = "8";
  EXPECT_FALSE(is_earlier_attempt(first, second));
  first.job.clear();
  EXPECT_FALSE(is_earlier_attempt(first, this_process({{"SLURM_RESTART_COUNT", "1"}})));
}

/// A child that holds the lock of a run, as `holder`, until it is killed.
class HoldingChild {
 public:
  HoldingChild(const std::filesystem::path& run, const RunHolder& holder) {
    int ready[2];
    if (::pipe(ready) != 0) throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      RunHolder self = holder;
      self.pid = ::getpid();
      const FileLock lock = take_run_lock(run, {.self = self, .times = kShort});
      const char done = lock.is_in_place() ? 'y' : 'n';
      if (::write(ready[1], &done, 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    char done = 0;
    if (::read(ready[0], &done, 1) != 1 || done != 'y') throw std::runtime_error("no lock");
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~HoldingChild() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  void freeze() const { ::kill(pid_, SIGSTOP); }

 private:
  pid_t pid_ = -1;
};

RunHolder on(const std::string& host, const std::string& job = "", int restarts = 0) {
  RunHolder holder = this_process({});
  holder.host = host;
  holder.job = job;
  holder.restarts = restarts;
  return holder;
}

FileLock take(const std::filesystem::path& run, const RunHolder& self) {
  return take_run_lock(run, {.self = self, .times = kShort});
}

TEST(RunLock, OfAProcessThatIsSeenIsRefusedAtOnce) {
  const TemporaryDirectory run;
  const FileLock lock = take(run.path(), this_process({}));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(message_of(ExitCode::usage, [&] { take(run.path(), this_process({})); }),
              AllOf(HasSubstr("another job is using the run directory"),
                    HasSubstr("process " + std::to_string(::getpid()))));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kShort.still);
  EXPECT_EQ(is_locked(run.path()), true);
}

TEST(RunLock, OfAFrozenProcessElsewhereIsKeptAndTheMessageSaysWhatToDo) {
  const TemporaryDirectory run;
  const HoldingChild child(run.path(), on("node7", "17"));
  child.freeze();
  EXPECT_THAT(message_of(ExitCode::usage, [&] { take(run.path(), on("node8", "18")); }),
              AllOf(HasSubstr("node7"), HasSubstr("Slurm job 17"), HasSubstr("no sign of life"),
                    HasSubstr("remove '")));
  std::filesystem::remove(run / kRunLock);  // what the message says
  EXPECT_TRUE(take(run.path(), on("node8", "18")).is_in_place());
}

TEST(RunLock, OfAnEarlierAttemptOfTheJobIsTakenOver) {
  const TemporaryDirectory run;
  const HoldingChild child(run.path(), on("node7", "17", 0));
  child.freeze();
  const FileLock lock = take(run.path(), on("node8", "17", 1));
  EXPECT_TRUE(lock.is_in_place());
  EXPECT_EQ(decode_holder(FileLock::holder(run / kRunLock))->host, "node8");
}

TEST(RunLock, OfAJobThatHasEndedIsTakenOverAndOfOneThatRunsIsNot) {
  for (const bool ended : {true, false}) {
    const TemporaryDirectory run;
    const HoldingChild child(run.path(), on("node7", "17"));
    child.freeze();
    std::string asked;
    const RunLockRequest request{
        .self = on("node8", "18"), .times = kShort, .has_ended = [&](const std::string& job) {
          asked = job;
          return std::optional(ended);
        }};
    if (ended) {
      EXPECT_TRUE(take_run_lock(run.path(), request).is_in_place());
    } else {
      message_of(ExitCode::usage, [&] { take_run_lock(run.path(), request); });
    }
    EXPECT_EQ(asked, "17");
  }
}

TEST(RunLock, TheOldHolderNoticesThatItWasTakenOver) {
  const TemporaryDirectory run;
  const FileLock old = take(run.path(), on("node7", "17", 0));
  EXPECT_TRUE(old.is_in_place());
  const FileLock lock = take(run.path(), on("node8", "17", 1));
  EXPECT_FALSE(old.is_in_place());
  EXPECT_TRUE(lock.is_in_place());
}

TEST(RunLock, OfTwoThatTakeOverOneWins) {
  for (int i = 0; i < 5; ++i) {
    const TemporaryDirectory run;
    const HoldingChild child(run.path(), on("node7", "17", 0));
    child.freeze();
    const auto attempt = [&](const char* host) {
      return std::async(std::launch::async, [&run, host]() -> std::optional<FileLock> {
        try {
          return take(run.path(), on(host, "17", 1));
        } catch (const Error&) {
          return std::nullopt;
        }
      });
    };
    auto first = attempt("node8"), second = attempt("node9");
    const std::optional<FileLock> one = first.get(), other = second.get();
    EXPECT_NE(one.has_value(), other.has_value());
    EXPECT_TRUE((one ? *one : *other).is_in_place());
  }
}

/// A rank elsewhere whose flock is not seen here, as on a file system with local flocks.
TEST(RunLock, AFreeFlockIsNotEnoughWhereHeartbeatsMove) {
  const TemporaryDirectory run;
  write_file(run / kRunLock, encode(on("node7", "17")));
  const HeartbeatBoard board(run.path(), 0, 1);
  board.write({.tick = 1, .host = "node7", .pulse = {}, .phase = "computing"});
  std::jthread rank([&](const std::stop_token& stop) {
    for (std::uint64_t tick = 2; !stop.stop_requested(); ++tick) {
      board.write({.tick = tick, .host = "node7", .pulse = {}, .phase = "computing"});
      std::this_thread::sleep_for(20ms);
    }
  });
  EXPECT_THAT(message_of(ExitCode::usage, [&] { take(run.path(), on("node8", "18")); }),
              HasSubstr("another job is using the run directory"));
  EXPECT_EQ(decode_holder(FileLock::holder(run / kRunLock))->host, "node7") << "it stays named";
  rank.request_stop();
  rank.join();
  EXPECT_TRUE(take(run.path(), on("node8", "18")).is_in_place()) << "they stand still";
}

TEST(RunLock, ALockFileOfAnotherVersionOrOfNothingIsNoObstacle) {
  for (const char* text : {"", "node3, process 17, since 2026-01-31 12:00:00 UTC", "\xff\xfe"}) {
    const TemporaryDirectory run;
    write_file(run / kRunLock, std::string_view(text));
    EXPECT_TRUE(take(run.path(), this_process({})).is_in_place());
  }
}

TEST(RunLock, ALookAtItDoesNotKeepATrainingOut) {
  const TemporaryDirectory run;
  EXPECT_EQ(is_locked(run.path()), false);
  RunHolder self = this_process({});
  self.started += 1;  // to those who come later it is gone
  take(run.path(), self);
  std::jthread looker([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) is_locked(run.path());
  });
  for (int i = 0; i < 100; ++i) EXPECT_NO_THROW(take(run.path(), self));
}

}  // namespace
}  // namespace lockstep
