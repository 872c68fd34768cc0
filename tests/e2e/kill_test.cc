// A job that is killed anywhere, again and again, ends in the bits of one that was left alone.

#include <algorithm>
#include <csignal>
#include <random>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/e2e/program.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;

/// What lies in shared memory that our jobs could have left there.
std::set<std::string> shared_memory() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
    names.insert(entry.path().filename().string());
  }
  return names;
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
  const auto before = shared_memory();
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
      EXPECT_EQ(code, victim == program.pid() ? 128 + SIGKILL : 5)
          << "kill " << kills << " of process " << victim;
      ASSERT_TRUE(survivors(family).empty()) << "kill " << kills;
    }
    EXPECT_EQ(newest_state(job.run_dir(name)), undisturbed) << name;
  }
  EXPECT_EQ(lockstep_program(job.train("undisturbed", 2, more)).exit_code,
            0);  // the next start sweeps
  const auto after = shared_memory();
  EXPECT_TRUE(std::ranges::includes(before, after)) << testing::PrintToString(after);
}

}  // namespace
}  // namespace lockstep
