// A job that is killed anywhere, again and again, ends in the bits of one that was left alone.

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <random>
#include <regex>
#include <set>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include "tests/e2e/program.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;

/// Whether a process holds the lock of a scratch directory: its job is running, beside this test.
bool in_use(const std::filesystem::path& directory) {
  const int lock = ::open((directory / "owner").c_str(), O_RDONLY | O_CLOEXEC);
  if (lock < 0) return false;
  const bool held = ::flock(lock, LOCK_EX | LOCK_NB) != 0;
  ::close(lock);
  return held;
}

/// What dead jobs have left where a job keeps things for as long as it lives: its scratch
/// directories (launcher/job/scratch_directory.h) and shared memory
/// (comm/reduction/shared_memory.h).
std::set<std::string> leftovers() {
  const std::regex ours("lockstep-[0-9]+-.*");
  std::set<std::string> paths;
  for (const std::filesystem::path& base :
       {std::filesystem::path("/dev/shm"), std::filesystem::temp_directory_path()}) {
    for (const auto& entry : std::filesystem::directory_iterator(base)) {
      const bool named = std::regex_match(entry.path().filename().string(), ours);
      if (named && !in_use(entry.path())) paths.insert(entry.path());
    }
  }
  return paths;
}

bool alive(int pid) { return ::kill(pid, 0) == 0; }

/// The members of `family` that are still there after at most ten seconds.
std::vector<int> survivors(std::vector<int> family) {
  for (int tries = 0; tries < 1000 && !family.empty(); ++tries) {
    std::erase_if(family, [](int pid) { return !alive(pid); });
    std::this_thread::sleep_for(milliseconds(10));
  }
  return family;
}

TEST(Kill, OfARankOrTheLauncherAtAnyMomentCostsNoBit) {
  const SmallJob job;
  const std::vector<std::string> more = {"train.epochs=30", "checkpoint.every_steps=20"};
  const auto before = leftovers();
  ASSERT_EQ(lockstep_program(job.train("undisturbed", 2, more)).exit_code, 0);
  const RunState undisturbed = newest_state(job.run_dir("undisturbed"));
  ASSERT_EQ(undisturbed.step, 930);

  std::mt19937 random(20);
  int kills = 0;
  for (int run = 0; kills < 20; ++run) {
    ASSERT_LT(run, 20) << "the job is too short to be hit";
    const std::string name = fmt::format("killed{}", run);
    while (true) {
      RunningProgram program(lockstep_words(job.train(name, 3, more)));
      if (!program.running_after(milliseconds(300 + random() % 3500))) {
        const ProgramResult result = program.wait();
        ASSERT_EQ(result.exit_code, 0) << result.err;
        break;
      }
      if (kills == 20) {
        const ProgramResult result = program.wait();
        ASSERT_EQ(result.exit_code, 0) << result.err;
        break;
      }
      const std::vector<int> family = program.family();
      const int victim = family[random() % family.size()];
      ::kill(victim, SIGKILL);
      ++kills;
      const int code = program.wait().exit_code;
      // A process that has just ended can still be sent a signal.
      const bool came_too_late = code == 0 && newest_state(job.run_dir(name)) == undisturbed;
      if (!came_too_late) {
        EXPECT_EQ(code, victim == program.pid() ? 128 + SIGKILL : 5)
            << "kill " << kills << " of process " << victim;
      }
      ASSERT_TRUE(survivors(family).empty()) << "kill " << kills;
    }
    EXPECT_EQ(newest_state(job.run_dir(name)), undisturbed) << name;
  }
  EXPECT_EQ(lockstep_program(job.train("undisturbed", 2, more)).exit_code,
            0);  // the next start sweeps
  const auto after = leftovers();
  EXPECT_TRUE(std::ranges::includes(before, after)) << testing::PrintToString(after);
}

}  // namespace
}  // namespace lockstep
