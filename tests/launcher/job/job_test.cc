#include "launcher/job/job.h"

#include <chrono>
#include <csignal>
#include <functional>
#include <regex>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "launcher/job/child_process.h"
#include "launcher/job/job_output.h"
#include "launcher/job/scratch_directory.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

bool within(std::chrono::seconds limit, const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

bool alive(pid_t pid) { return ::kill(pid, 0) == 0; }

/// A stand-in job under the real mpirun, and what it prints.
class StandInJob {
 public:
  StandInJob(int ranks, const std::string& mode, Environment more = {})
      : ranks_(ranks),
        parent_({JOB_STAND_IN, "parent", std::to_string(ranks), mode}, merged(std::move(more))) {
    out_reader_ = std::jthread([this] { collect(parent_.stdout_fd(), out_); });
    err_reader_ = std::jthread([this] { collect(parent_.stderr_fd(), err_); });
  }

  /// All ranks have said who they are.
  bool ranks_run() {
    return within(20s, [this] { return pids().size() == static_cast<std::size_t>(ranks_); });
  }
  std::set<pid_t> pids() {
    std::set<pid_t> pids;
    for (const std::string& word : words("pid")) pids.insert(std::stoi(word));
    return pids;
  }
  /// The directories that the job made for Open MPI.
  std::set<std::string> directories() {
    std::set<std::string> names = words("session");
    names.merge(words("segments"));
    return names;
  }
  void send_signal(int signal) { parent_.send_signal(signal); }
  /// The exit code, or -1 where a signal ended it, or -2 where it goes on for ever.
  int wait() {
    if (!within(30s, [this] { return parent_.poll_status().has_value(); })) return -2;
    out_reader_.join();
    err_reader_.join();
    const int status = *parent_.poll_status();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string err() {
    const std::lock_guard lock(mutex_);
    return err_;
  }
  std::string out() {
    const std::lock_guard lock(mutex_);
    return out_;
  }

 private:
  static Environment merged(Environment more) {
    more.merge(current_environment());
    return more;
  }
  void collect(int fd, std::string& text) {
    LineReader reader(fd);
    const auto keep = [&](std::string_view line) {
      const std::lock_guard lock(mutex_);
      text.append(line).push_back('\n');
    };
    while (reader.read(keep)) {
    }
  }
  std::set<std::string> words(const std::string& name) {
    const std::string text = out();
    const std::regex pattern(name + " (\\S+)");
    std::set<std::string> found;
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end;
         ++match) {
      found.insert(match->str(1));
    }
    return found;
  }

  int ranks_;
  ChildProcess parent_;
  std::mutex mutex_;
  std::string out_, err_;
  std::jthread out_reader_, err_reader_;
};

TEST(Job, EndsWithItsRanksAndLeavesNothing) {
  StandInJob job(3, "finish");
  EXPECT_EQ(job.wait(), 0);
  EXPECT_EQ(job.pids().size(), 3u);
  EXPECT_EQ(job.directories().size(), 2u);
  for (const std::string& directory : job.directories()) {
    EXPECT_FALSE(std::filesystem::exists(directory)) << directory;
  }
}

TEST(Job, ShowsProgressAndPassesOtherLinesOn) {
  StandInJob job(2, "chat");
  EXPECT_EQ(job.wait(), 0);
  EXPECT_THAT(job.err(), AllOf(HasSubstr("train  50% ["), HasSubstr("a line of rank 0\n"),
                               HasSubstr("a line of rank 1\n"), Not(HasSubstr("\x1e"))));
}

TEST(Job, AFailedRanksOwnCauseIsTheLastWordAndItsCodeTheJobs) {
  for (int i = 0; i < 5; ++i) {
    StandInJob job(3, "fail");
    EXPECT_EQ(job.wait(), 3);
    EXPECT_THAT(
        job.err(),
        AllOf(EndsWith("lockstep: rank 1 on here, step 12, reading data: cannot open 'x.h5'\n"),
              Not(HasSubstr("-----"))));
  }
}

TEST(Job, ARankThatIsKilledIsTold) {
  StandInJob job(3, "die");
  EXPECT_EQ(job.wait(), 5);
  EXPECT_THAT(job.err(),
              testing::ContainsRegex(
                  "lockstep: (rank 1 on [^ ]+|a rank) was ended by signal 9 \\(Killed\\)"));
}

TEST(Job, ARankThatLeavesWithoutAWordShowsWhatMpirunSays) {
  StandInJob job(2, "leave");
  EXPECT_EQ(job.wait(), 5);
  EXPECT_THAT(job.err(),
              AllOf(HasSubstr("lockstep: mpirun: exit code 7"), HasSubstr("non-zero exit code")));
}

TEST(Job, WhereARankCannotStartMpiTheJobEndsAllTheSame) {
  StandInJob job(2, "no_mpi");
  EXPECT_EQ(job.wait(), 5);
  EXPECT_THAT(job.err(), HasSubstr("a rank could not start MPI"));
}

TEST(Job, AStopRequestReachesTheRanks) {
  for (const int signal : {SIGTERM, SIGINT, SIGUSR2}) {
    StandInJob job(3, "wait");
    ASSERT_TRUE(job.ranks_run());
    job.send_signal(signal);
    EXPECT_EQ(job.wait(), 75) << signal;
    EXPECT_THAT(job.err(), HasSubstr("stopping"));
  }
}

TEST(Job, AStopRequestBeforeTheRanksAreReadyWaitsForThem) {
  StandInJob job(2, "wait");
  // As early as the handlers of the parent allow: a signal before them ends it, and it started
  // nothing.
  std::this_thread::sleep_for(30ms);
  job.send_signal(SIGTERM);
  EXPECT_THAT(job.wait(), testing::AnyOf(75, -1));
  for (const pid_t pid : job.pids()) EXPECT_TRUE(within(5s, [&] { return !alive(pid); }));
}

TEST(Job, ASecondInterruptKills) {
  // Ranks that never answer the stop request.
  StandInJob job(2, "deaf");
  ASSERT_TRUE(job.ranks_run());
  job.send_signal(SIGINT);
  ASSERT_TRUE(within(10s, [&] { return job.err().find("stopping") != std::string::npos; }));
  job.send_signal(SIGINT);
  EXPECT_EQ(job.wait(), 5);
  EXPECT_NE(job.err().find("interrupted"), std::string::npos) << job.err();
  for (const pid_t pid : job.pids()) EXPECT_TRUE(within(5s, [&] { return !alive(pid); }));
}

TEST(Job, RanksThatHaveNothingToSaveAreKilledAtTheFirstInterrupt) {
  StandInJob job(2, "ends");
  ASSERT_TRUE(job.ranks_run());
  job.send_signal(SIGINT);
  EXPECT_EQ(job.wait(), 5);
  EXPECT_THAT(job.err(), AllOf(HasSubstr("interrupted"), Not(HasSubstr("checkpoint"))));
  for (const pid_t pid : job.pids()) EXPECT_TRUE(within(5s, [&] { return !alive(pid); }));
}

TEST(Job, NothingOutlivesAParentThatIsKilledAndTheNextStartRemovesItsFiles) {
  const TemporaryDirectory temporary;  // where no other test's job sweeps
  const Environment environment = {{"TMPDIR", temporary.path()}};
  StandInJob job(3, "wait", environment);
  ASSERT_TRUE(job.ranks_run());
  const std::set<pid_t> pids = job.pids();
  const std::set<std::string> directories = job.directories();
  job.send_signal(SIGKILL);
  EXPECT_EQ(job.wait(), -1);
  for (const pid_t pid : pids) EXPECT_TRUE(within(5s, [&] { return !alive(pid); })) << pid;
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(temporary.path()), {}), 1);

  EXPECT_EQ(StandInJob(1, "finish", environment).wait(), 0);
  for (const std::string& directory : directories) EXPECT_FALSE(std::filesystem::exists(directory));
}

TEST(Job, WithoutMpirunItSaysWhatIsMissing) {
  const StopRequest stop(StopSignals::rank);
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] {
                           run_job({.ranks = 2,
                                    .program = {"/bin/true"},
                                    .environment = {{"LOCKSTEP_MPIRUN", "/nowhere/mpirun"}},
                                    .mpirun_log = {}},
                                   stop);
                         }),
              HasSubstr("/nowhere/mpirun"));
}

TEST(Outcome, FollowsTheRanksAccountBeforeMpirunsStatus) {
  const auto exited = [](int code) { return code << 8; };
  FailureEvent failure;
  failure.code = 4;
  failure.message = "disk full";
  EXPECT_EQ(outcome(exited(0), std::nullopt, ""), ExitCode::ok);
  EXPECT_EQ(outcome(exited(75), std::nullopt, "some banner"), ExitCode::requeue);
  struct Case {
    int status;
    std::optional<FailureEvent> failure;
    std::string mpirun;
    ExitCode code;
    const char* message;
  };
  const Case cases[] = {
      {exited(4), failure, "banner", ExitCode::storage, "disk full"},
      {exited(137), failure, "banner", ExitCode::storage, "disk full"},
      {exited(1), std::nullopt, "no slots", ExitCode::rank_lost, "no slots"},
      {exited(3), std::nullopt, "", ExitCode::rank_lost, "exit code 3"},
      {exited(137), std::nullopt, "banner", ExitCode::rank_lost,
       "a rank was ended by signal 9 (Killed) (by hand"},
      {SIGSEGV, std::nullopt, "", ExitCode::rank_lost, "signal 11"},
      {exited(139), std::nullopt,
       "mpirun noticed that process rank 2 with PID 0 on node vm exited on signal 11 (Segmentation "
       "fault).\n",
       ExitCode::rank_lost,
       "rank 2 on vm was ended by signal 11 (Segmentation fault); started again"},
  };
  for (const Case& test : cases) {
    EXPECT_THAT(message_of(test.code, [&] { outcome(test.status, test.failure, test.mpirun); }),
                HasSubstr(test.message));
  }
}

TEST(LineSorter, KnowsMpirunsWordsFromThoseOfTheRanks) {
  const std::string rule(74, '-');
  LineSorter sorter;
  EXPECT_EQ(sorter.sort("hello"), LineSource::rank);
  EXPECT_EQ(sorter.sort("-----"), LineSource::rank);
  EXPECT_EQ(sorter.sort(rule), LineSource::mpirun);
  EXPECT_EQ(sorter.sort("Primary job  terminated normally"), LineSource::mpirun);
  EXPECT_EQ(sorter.sort(rule), LineSource::mpirun);
  EXPECT_EQ(sorter.sort("hello"), LineSource::rank);
  EXPECT_EQ(sorter.sort("mpirun: Forwarding signal 12 to job"), LineSource::mpirun);
  EXPECT_EQ(sorter.sort("[vm:1] [[8846,0],0] ORTE_ERROR_LOG: Out of resource"), LineSource::mpirun);
  EXPECT_EQ(sorter.sort("[vm:1] 1 more process has sent help message help-mpi-api.txt / mpi-abort"),
            LineSource::mpirun);
}

TEST(LineReader, CutsLinesAndKeepsTheRest) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const UniqueFd in(ends[0]);
  std::vector<std::string> lines;
  const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
  LineReader reader(in.get());
  {
    const UniqueFd out(ends[1]);
    for (const char* piece : {"a", "b\nc\n\nd", "e\nlast"}) {
      ASSERT_GT(write(out.get(), piece, std::string_view(piece).size()), 0);
      EXPECT_TRUE(reader.read(keep));
    }
  }
  EXPECT_FALSE(reader.read(keep));
  EXPECT_THAT(lines, testing::ElementsAre("ab", "c", "", "de", "last"));
}

TEST(ScratchDirectory, IsSweptOnceItsOwnerIsDead) {
  const TemporaryDirectory base;
  std::filesystem::path left;
  {
    const ScratchDirectory mine(base.path());
    replace_file(mine.path() / "file", "x");
    // A dead owner: the directory is there, and nobody holds its lock.
    left = mine.path().string() + "-dead";
    std::filesystem::copy(mine.path(), left, std::filesystem::copy_options::recursive);
    std::filesystem::create_directory(base / "other");
    const ScratchDirectory next(base.path());
    EXPECT_FALSE(std::filesystem::exists(left));
    EXPECT_TRUE(std::filesystem::exists(mine.path() / "file"));
    EXPECT_TRUE(std::filesystem::exists(next.path()));
  }
  EXPECT_TRUE(std::filesystem::exists(base / "other"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(base.path()), {}), 1);
  EXPECT_THROW(ScratchDirectory(base / "absent"), Error);
}

TEST(ChildProcess, ThatCannotBeStartedIsAnError) {
  EXPECT_THROW(ChildProcess({"/nowhere/program"}, {}), Error);
}

}  // namespace
}  // namespace lockstep
