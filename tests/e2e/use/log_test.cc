// The history of a run, as somebody sees it who looks from outside.

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

class Log : public JobTest {
 protected:
  static std::string dir(const std::string& run) { return job_->run_dir(run).string(); }
  static std::string shown(std::vector<std::string> words) {
    words.insert(words.begin(), "log");
    const ProgramResult result = lockstep_program(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
};

TEST_F(Log, ShowsARunAndTwoBesideEachOther) {
  for (const char* run : {"a", "b"}) {
    const ProgramResult result = lockstep_program(job_->train(run, 1, {"train.epochs=2"}));
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  std::ofstream(job_->run_dir("a") / "metrics.jsonl", std::ios::app) << "{\"kind\":\"epo";
  EXPECT_THAT(shown({dir("a")}),
              AllOf(HasSubstr("valid/accuracy"), HasSubstr("\n     2      62  "),
                    HasSubstr("train/loss   o valid/loss"), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(shown({dir("a"), dir("b")}), HasSubstr("b:valid/accuracy"));
  const std::string losses = shown({dir("a"), dir("b"), "--metric", "loss"});
  EXPECT_EQ(losses.find("b:valid/loss"), losses.rfind("b:valid/loss")) << "once";
  const nlohmann::json json = nlohmann::json::parse(shown({dir("a"), "--json"})).at("runs").at(0);
  EXPECT_EQ(json.at("epochs").size(), 2u);
  EXPECT_EQ(json.at("steps").size(), 12u) << "every 5 of 62";
  EXPECT_GT(json.at("steps").at(0).at("time"), 1e9);
  expect(2, "no 'vaild/loss'; did you mean 'valid/loss'?",
         {"log", dir("a"), "--columns", "vaild/loss"});
  EXPECT_EQ(shown({dir("a"), dir("a") + "/../a"}), shown({dir("a")})) << "once";
  expect(2, "leave --steps, --columns, --metric and --last out",
         {"log", dir("a"), "--json", "--columns", "lr"});
  expect(2, "it holds ", {"log", job_->run_dir("a").parent_path().string()});
  std::ofstream(job_->run_dir("a") / "metrics.jsonl", std::ios::app) << "\n";
  EXPECT_THAT(lockstep_program({"log", dir("a")}).err,
              HasSubstr("line 15 of metrics.jsonl cannot be read: it is not JSON: "));
  fs::remove(job_->run_dir("b") / "metrics.jsonl");
  std::ofstream(job_->run_dir("b") / "metrics.jsonl") << "x\ny\n";
  expect(4, "2 lines of metrics.jsonl cannot be read", {"log", dir("a"), dir("b"), "--json"});
  expect(2, "has no metrics yet", {"log", job_->pack().string()});
  expect(2, "leave one of them out", {"log", dir("a"), "--json", "--follow"});
}

TEST_F(Log, FollowsARunToItsEnd) {
  RunningProgram training(lockstep_words(job_->train("followed", 1, {"train.epochs=8"})));
  while (!fs::exists(job_->run_dir("followed") / "metrics.jsonl")) {
    ASSERT_TRUE(training.running_after(milliseconds(20))) << training.err();
  }
  const std::string out = shown({dir("followed"), "--follow"});
  EXPECT_FALSE(training.running_after(milliseconds(5000)));
  EXPECT_EQ(training.wait().exit_code, 0);
  for (const char* row : {"\n     1      31  ", "\n     8     248  ", "o valid/loss"}) {
    EXPECT_EQ(out.find(row), out.rfind(row)) << row;
    EXPECT_THAT(out, HasSubstr(row));
  }
}

}  // namespace
}  // namespace lockstep
