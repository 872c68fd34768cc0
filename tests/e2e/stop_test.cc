// A run is asked how far it is and told to stop by whoever sees its directory, and all that it
// writes is its owner's alone.

#include <cstdlib>
#include <map>
#include <thread>

#include <fmt/format.h>
#include <sys/stat.h>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using Words = std::vector<std::string>;
namespace fs = std::filesystem;

class Stop : public JobTest {
 protected:
  static std::string dir(const std::string& run) { return job_->run_dir(run).string(); }
  static nlohmann::json status(const std::string& run) {
    const ProgramResult result = lockstep_program({"status", dir(run), "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return nlohmann::json::parse(result.out);
  }
  static void wait_for_metrics(RunningProgram& program, const std::string& run) {
    while (!fs::exists(job_->run_dir(run) / "metrics.jsonl")) {
      ASSERT_TRUE(program.running_after(milliseconds(20))) << program.err();
    }
    std::this_thread::sleep_for(milliseconds(700));  // some heartbeats
  }
};

std::string last_line(const std::string& text) {
  return text.substr(text.rfind('\n', text.size() - 2) + 1);
}

TEST_F(Stop, ARunOfTwoRanksCommitsAndEndsAndStartedByHandItGoesOn) {
  RunningProgram program(lockstep_words(job_->train("two", 2, {"train.epochs=1000"})));
  wait_for_metrics(program, "two");
  const nlohmann::json running = status("two");
  EXPECT_EQ(running.at("state"), "running");
  EXPECT_EQ(running.at("ranks").size(), 2u);
  EXPECT_EQ(running.at("epochs"), 1000);
  EXPECT_NEAR(running.at("steps").get<double>(), 31000, 300);
  EXPECT_GT(running.at("seconds_left"), 0);

  const ProgramResult stopped = lockstep_program({"stop", dir("two")});
  EXPECT_EQ(stopped.exit_code, 0) << stopped.err;
  EXPECT_THAT(stopped.out, AllOf(HasSubstr("stopped at step"), HasSubstr("checkpoints/step_")));
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 75) << result.err;
  EXPECT_THAT(last_line(result.err), HasSubstr("stopped on request (`lockstep stop` by"));
  const RunState state = newest_state(job_->run_dir("two"));
  EXPECT_EQ(status("two").at("state"), "stopped");
  EXPECT_EQ(status("two").at("checkpoint").at("step"), state.step);
  struct stat order {};
  ASSERT_EQ(::stat((job_->run_dir("two") / "stop").c_str(), &order), 0);
  EXPECT_EQ(order.st_mode & 0777, 0600u);

  const ProgramResult again = lockstep_program({"stop", dir("two")});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("does not run (stopped)"));

  ::setenv("SLURM_RESTART_COUNT", "1", 1);
  EXPECT_EQ(lockstep_program({"train", dir("two")}).exit_code, 75) << "Slurm's own restart";
  ::unsetenv("SLURM_RESTART_COUNT");
  EXPECT_TRUE(fs::exists(job_->run_dir("two") / "stop"));
  const std::int64_t more = newest_state(job_->run_dir("two")).step + 2;
  expect(0, "", {"train", dir("two"), fmt::format("train.max_steps={}", more)});
  EXPECT_FALSE(fs::exists(job_->run_dir("two") / "stop"));
  EXPECT_EQ(newest_state(job_->run_dir("two")).step, more);
}

TEST_F(Stop, TwiceIsOnce) {
  RunningProgram program(lockstep_words(job_->train("twice", 1, {"train.epochs=1000"})));
  wait_for_metrics(program, "twice");
  RunningProgram first(lockstep_words({"stop", dir("twice")}));
  const ProgramResult second = lockstep_program({"stop", dir("twice"), "--no-wait"});
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(first.wait().exit_code, 0);
  EXPECT_EQ(program.wait().exit_code, 75);
}

TEST_F(Stop, ARunThatHasFinishedOrIsNoneIsToldSo) {
  expect(0, "", job_->train("short", 1, {"train.epochs=1"}));
  const ProgramResult finished = lockstep_program({"stop", dir("short")});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("does not run (finished)"));
  EXPECT_FALSE(fs::exists(job_->run_dir("short") / "stop"));
  EXPECT_EQ(status("short").at("step"), 31);
  const ProgramResult followed = lockstep_program({"status", dir("short"), "--follow"});
  EXPECT_EQ(followed.exit_code, 0) << followed.err;
  EXPECT_THAT(followed.out, HasSubstr("finished"));
  expect(2, "is not a run directory", {"stop", job_->pack().string()});
  expect(2, "is not a directory", {"status", dir("never made")});
}

TEST_F(Stop, AFailedRunSaysWhy) {
  EXPECT_EQ(lockstep_program(job_->train("failed", 2, {"optimizer.lr=1.0e+30"})).exit_code, 1);
  const nlohmann::json failed = status("failed");
  EXPECT_EQ(failed.at("state"), "failed");
  EXPECT_THAT(failed.at("failure").at("message").get<std::string>(), HasSubstr("diverged"));
}

TEST_F(Stop, AJobThatWaitsInTheQueueIsCancelled) {
  const TemporaryDirectory programs;
  const auto script = [&](const char* name, const std::string& line) {
    std::ofstream(programs / name) << "#!/bin/sh\n" << line << "\n";
    fs::permissions(programs / name, fs::perms::owner_all);
  };
  script("squeue", "echo '17|PENDING|Priority|N/A|1:00|'");
  script("scancel", "echo \"$@\" > " + (programs / "cancelled").string());
  const fs::path run = job_->run_dir("queued");
  fs::create_directories(run / "slurm");
  std::ofstream(run / "slurm" / "jobs.jsonl") << R"({"job": "17", "array": "", "time": "x"})"
                                              << "\n";
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", (programs.path().string() + ":" + before).c_str(), 1);
  EXPECT_EQ(status("queued").at("state"), "queued");
  const ProgramResult stopped = lockstep_program({"stop", run.string()});
  ::setenv("PATH", before.c_str(), 1);
  EXPECT_EQ(stopped.exit_code, 0) << stopped.err;
  EXPECT_THAT(stopped.out, HasSubstr("Slurm job 17"));
  std::string cancelled;
  std::getline(std::ifstream(programs / "cancelled") >> std::ws, cancelled);
  EXPECT_EQ(cancelled, "17");
}

/// The permissions of all that is in a directory, and its own.
std::map<std::string, mode_t> modes_in(const fs::path& directory) {
  std::map<std::string, mode_t> modes;
  const auto add = [&](const fs::path& path) {
    struct stat status {};
    ASSERT_EQ(::lstat(path.c_str(), &status), 0) << path;
    modes[path.string()] = status.st_mode;
  };
  add(directory);
  for (const auto& entry : fs::recursive_directory_iterator(directory)) add(entry.path());
  return modes;
}

TEST_F(Stop, TheFilesOfARunAreItsOwnersUnlessTheConfigSaysOtherwise) {
  const mode_t before = ::umask(022);
  struct Case {
    std::string access;
    mode_t file, directory;
  };
  for (const Case& test :
       {Case{"owner", 0600, 0700}, Case{"group", 0640, 0750}, Case{"umask", 0644, 0755}}) {
    const std::string run = "runs of " + test.access + "/run";
    expect(0, "", job_->train(run, 2, {"train.epochs=1", "run.access=" + test.access}));
    const auto modes = modes_in(job_->run_dir(run));
    EXPECT_GT(modes.size(), 10u);
    for (const auto& [path, mode] : modes) {
      EXPECT_EQ(mode & 0777, S_ISDIR(mode) ? test.directory : test.file) << path;
    }
    struct stat parent {};
    ::stat(job_->run_dir(run).parent_path().c_str(), &parent);
    EXPECT_EQ(parent.st_mode & 0777, 0755u) << "the directory of all runs is not the run's";
  }
  // What is written elsewhere follows the umask.
  const fs::path weights = job_->run_dir("weights.safetensors");
  expect(0, "", {"export", dir("runs of owner/run"), weights.string()});
  struct stat status {};
  ::stat(weights.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0644u);
  ::umask(before);
}

TEST_F(Stop, LinksThatWerePutIntoARunLeadNowhere) {
  const TemporaryDirectory elsewhere;
  const fs::path precious = elsewhere / "precious";
  std::ofstream(precious) << "precious";
  const auto content = [&] {
    std::string text;
    std::ifstream(precious) >> text;
    return text;
  };
  for (const char* name : {"checkpoints", "logs"}) {
    const fs::path run = job_->run_dir(std::string("linked ") + name);
    fs::create_directories(run);
    fs::create_directory_symlink(elsewhere.path(), run / name);
    expect(2, "is a symbolic link", job_->train(run.filename(), 1, {"train.max_steps=2"}));
  }
  for (const char* name : {"lock", "metrics.jsonl", "logs/rank_000.log", "failure.json",
                           "heartbeat", "config.yaml", "stop"}) {
    const fs::path run = job_->run_dir(fmt::format("linked {}", fs::path(name).stem().string()));
    fs::create_directories((run / name).parent_path());
    fs::create_symlink(precious, run / name);
    lockstep_program(job_->train(run.filename(), 1, {"train.max_steps=2"}));
    EXPECT_EQ(content(), "precious") << name;
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(elsewhere.path()), {}), 1);
}

}  // namespace
}  // namespace lockstep
