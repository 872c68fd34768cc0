// Training does not wait for the disk, and what the disk does later costs nothing but the
// checkpoint that it was to hold: the program with a library before libc (failing_disk.cc).

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include <fmt/format.h>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using Words = std::vector<std::string>;

class SlowDisk : public JobTest {
 protected:
  static fs::path checkpoints(const std::string& run) { return job_->run_dir(run) / "checkpoints"; }
  static fs::path path_of(const std::string& run, int step) {
    return checkpoints(run) / fmt::format("step_{:08}", step);
  }
  static fs::path staging_of(const std::string& run, int step) {
    return checkpoints(run) / fmt::format(".staging-step_{:08}", step);
  }

  /// Starts it so that from call `at` on, which changes the checkpoints of `run`, `kind` happens.
  static std::unique_ptr<RunningProgram> start(const std::string& run, int ranks, Words more,
                                               const std::string& kind, int at) {
    ::setenv("LOCKSTEP_FAULT_BELOW", checkpoints(run).c_str(), 1);
    ::setenv("LOCKSTEP_FAULT_KIND", kind.c_str(), 1);
    ::setenv("LOCKSTEP_FAULT_AT", std::to_string(at).c_str(), 1);
    ::setenv("LOCKSTEP_FAULT_MS", "60", 1);
    ::setenv("LOCKSTEP_FAULT_LOG", (job_->run_dir(run).string() + ".calls").c_str(), 1);
    ::setenv("LD_PRELOAD", LOCKSTEP_FAILING_DISK, 1);
    auto program = std::make_unique<RunningProgram>(lockstep_words(job_->train(run, ranks, more)));
    ::unsetenv("LD_PRELOAD");
    return program;
  }

  static int last_logged_step(const std::string& run) {
    std::ifstream file(job_->run_dir(run) / "metrics.jsonl");
    int step = 0;
    for (std::string line; std::getline(file, line);) {
      const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (json.is_object()) step = json.at("step").get<int>();
    }
    return step;
  }

  /// The last step that was done while the first checkpoint, of step 20, was being written.
  static int last_step_behind_the_first(RunningProgram& program, const std::string& run) {
    int last = 0;
    while (!fs::exists(path_of(run, 20)) && program.running_after(10ms)) {
      const int step = last_logged_step(run);
      if (!fs::exists(path_of(run, 20))) last = step;
    }
    return last;
  }

  static Words names(const std::string& run) {
    Words found;
    for (const auto& entry : fs::directory_iterator(checkpoints(run))) {
      found.push_back(entry.path().filename());
    }
    std::ranges::sort(found);
    return found;
  }

  static std::string content_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
};

const Words kWords = {"train.epochs=4",     "checkpoint.every_epochs=0",
                      "checkpoint.keep=0",  "log.every_steps=1",
                      "train.max_steps=60", "checkpoint.every_steps=20"};

Words with(Words words, const std::string& word) {
  words.push_back(word);
  return words;
}

TEST_F(SlowDisk, StepsGoOnWhileACheckpointIsWrittenUnlessTheyAreToWait) {
  for (const bool async : {true, false}) {
    const std::string run = fmt::format("async {}", async);
    const auto program =
        start(run, 2, with(kWords, fmt::format("checkpoint.async={}", async)), "slow", 1);
    const int last = last_step_behind_the_first(*program, run);
    if (async) {
      EXPECT_GT(last, 25);
      EXPECT_LE(last, 40) << "the next one waits for it";
    } else {
      EXPECT_EQ(last, 20);
    }
    EXPECT_EQ(program->wait().exit_code, 0) << program->err();
    EXPECT_EQ(names(run), (Words{"step_00000020", "step_00000040", "step_00000060"}));
  }
}

TEST_F(SlowDisk, TheFilesAreThoseOfARunThatWaitsOnAnyNumberOfRanks) {
  ASSERT_EQ(
      lockstep_program(job_->train("waits", 1, with(kWords, "checkpoint.async=false"))).exit_code,
      0);
  for (const int ranks : {1, 2, 3, 4}) {
    const std::string run = fmt::format("{} ranks", ranks);
    const auto program = start(run, ranks, kWords, "slow", ranks == 2 ? 1 : 1000000);
    ASSERT_EQ(program->wait().exit_code, 0) << program->err();
    for (const int step : {20, 40, 60}) {
      for (const char* file : {"model.safetensors", "optimizer.safetensors", "state.json"}) {
        EXPECT_EQ(content_of(path_of(run, step) / file), content_of(path_of("waits", step) / file))
            << run << ", step " << step << ", " << file;
      }
    }
    EXPECT_EQ(newest_state(job_->run_dir(run)), newest_state(job_->run_dir("waits")));
  }
}

TEST_F(SlowDisk, AKillWhileACheckpointIsWrittenCostsNoBit) {
  ASSERT_EQ(lockstep_program(job_->train("undisturbed", 2, kWords)).exit_code, 0);
  {
    const auto program = start("killed", 2, kWords, "slow", 1);
    while (!fs::exists(staging_of("killed", 40))) {
      ASSERT_TRUE(program->running_after(1ms)) << program->err();
    }
    const std::vector<int> family = program->family();
    ::kill(program->pid(), SIGKILL);
    program->wait();
    for (const int pid : family) {
      while (::kill(pid, 0) == 0) std::this_thread::sleep_for(10ms);
    }
  }
  EXPECT_EQ(newest_state(job_->run_dir("killed")).step, 20);
  ASSERT_EQ(lockstep_program(job_->train("killed", 3, kWords)).exit_code, 0);
  EXPECT_EQ(newest_state(job_->run_dir("killed")), newest_state(job_->run_dir("undisturbed")));
  EXPECT_EQ(names("killed"), names("undisturbed"));
}

TEST_F(SlowDisk, AStopRequestWaitsForTheCheckpointsThatAreDue) {
  const auto program = start("stopped", 2, kWords, "slow", 1);
  while (!fs::exists(staging_of("stopped", 20))) {
    ASSERT_TRUE(program->running_after(1ms)) << program->err();
  }
  ::kill(program->pid(), SIGTERM);
  const ProgramResult result = program->wait();
  EXPECT_EQ(result.exit_code, 75) << result.err;
  EXPECT_TRUE(fs::exists(path_of("stopped", 20)));
  EXPECT_GT(newest_state(job_->run_dir("stopped")).step, 20);
}

/// The number of the first call that makes a file of this checkpoint, by the log of a run.
int first_call_of(const std::string& run, int step) {
  std::ifstream log(run + ".calls");
  const std::string name = fmt::format(".staging-step_{:08}/model.safetensors", step);
  for (std::string line; std::getline(log, line);) {
    if (line.ends_with(name)) return std::stoi(line);
  }
  return 0;
}

TEST_F(SlowDisk, ADiskThatIsFullEndsTheJobAndLeavesTheOlderCheckpoint) {
  ASSERT_EQ(start("counted", 2, kWords, "once", 0)->wait().exit_code, 0);
  const int call = first_call_of(job_->run_dir("counted").string(), 40);
  ASSERT_GT(call, 0);
  for (const int ranks : {1, 2}) {
    const std::string run = fmt::format("full {}", ranks);
    const auto program = start(run, ranks, kWords, "full", call + 3);
    const ProgramResult result = program->wait();
    EXPECT_EQ(result.exit_code, 4) << result.err;
    EXPECT_THAT(result.err, HasSubstr("No space left on device"));
    EXPECT_THAT(result.err, HasSubstr("the checkpoint of step 20 is untouched"));
    if (ranks > 1) {
      EXPECT_THAT(result.err, HasSubstr("writing a checkpoint"));
    }
    EXPECT_EQ(names(run), Words{"step_00000020"});
    EXPECT_LT(last_logged_step(run), 60) << "the run goes on without its checkpoint";
    ASSERT_EQ(lockstep_program(job_->train(run, 2, kWords)).exit_code, 0);
    EXPECT_EQ(newest_state(job_->run_dir(run)), newest_state(job_->run_dir("counted")));
  }
}

}  // namespace
}  // namespace lockstep
