// A rank that stands still is named, and the job ends; started again, it ends in the same bits.

#include <csignal>
#include <thread>

#include <fmt/format.h>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Words = std::vector<std::string>;

class Stall : public JobTest {
 protected:
  static nlohmann::json json_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    return nlohmann::json::parse(stream, nullptr, /*allow_exceptions=*/false);
  }

  /// The process of a rank, by what it says of itself, once it has done some steps; -1: it has not.
  static int pid_in_training(const std::string& run, int rank) {
    for (int tries = 0; tries < 600; ++tries, std::this_thread::sleep_for(50ms)) {
      std::ifstream board(job_->run_dir(run) / "heartbeat");
      std::string line;
      for (int i = 0; i <= rank; ++i) std::getline(board, line);
      const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (json.is_object() && json.at("step").get<int>() >= 5) return json.at("pid").get<int>();
    }
    return -1;
  }
};

/// Within ten seconds, which mpirun may take.
bool is_gone(int pid) {
  for (int tries = 0; tries < 200 && ::kill(pid, 0) == 0; ++tries) {
    std::this_thread::sleep_for(50ms);
  }
  return ::kill(pid, 0) != 0;
}

const Words kLong = {"train.epochs=40", "train.stall_timeout_s=3"};

TEST_F(Stall, AFrozenRankIsNamedWithinTheTimeoutAndTheJobGoesOnInTheSameBits) {
  ASSERT_EQ(lockstep_program(job_->train("undisturbed", 1, kLong)).exit_code, 0);
  for (const int rank : {0, 1}) {
    const std::string run = fmt::format("frozen{}", rank);
    RunningProgram program(lockstep_words(job_->train(run, 3, kLong)));
    const int pid = pid_in_training(run, rank);
    ASSERT_GT(pid, 0);
    ASSERT_EQ(::kill(pid, SIGSTOP), 0);
    const auto begin = std::chrono::steady_clock::now();
    const ProgramResult result = program.wait();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    EXPECT_EQ(result.exit_code, 5) << result.err;
    EXPECT_LT(seconds.count(), 20) << "3 s, and what ending it takes on a loaded machine";
    EXPECT_THAT(result.err, HasSubstr(fmt::format("rank {} on", rank)));
    EXPECT_THAT(result.err, HasSubstr(fmt::format("its process ({}) has not run for 3 s", pid)));
    EXPECT_TRUE(is_gone(pid)) << "the frozen process too";
    const nlohmann::json failure = json_of(job_->run_dir(run) / "failure.json");
    EXPECT_EQ(failure.at("rank"), rank);
    EXPECT_EQ(failure.at("exit_code"), 5);
    EXPECT_EQ(failure.at("log").size(), 3u);
    ASSERT_EQ(lockstep_program(job_->train(run, 2, kLong)).exit_code, 0);
    EXPECT_EQ(newest_state(job_->run_dir(run)), newest_state(job_->run_dir("undisturbed")));
    EXPECT_FALSE(std::filesystem::exists(job_->run_dir(run) / "failure.json"));
  }
}

TEST_F(Stall, AJobThatIsStoppedAsAWholeAndContinuedGoesOn) {
  RunningProgram program(lockstep_words(job_->train("paused", 2, kLong)));
  ASSERT_GT(pid_in_training("paused", 1), 0);
  const std::vector<int> family = program.family();
  for (const int pid : family) ::kill(pid, SIGSTOP);
  std::this_thread::sleep_for(7s);
  for (const int pid : family) ::kill(pid, SIGCONT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST_F(Stall, WhatEndsARankIsToldToMachinesToo) {
  const ProgramResult result = lockstep_program(
      job_->train("diverged", 2, {"optimizer.lr=1e30", "optimizer.lr_scaling=none"}));
  EXPECT_NE(result.exit_code, 0);
  const nlohmann::json failure = json_of(job_->run_dir("diverged") / "failure.json");
  EXPECT_EQ(failure.at("exit_code"), result.exit_code);
  EXPECT_THAT(result.err, HasSubstr(failure.at("message").get<std::string>()));
}

}  // namespace
}  // namespace lockstep
