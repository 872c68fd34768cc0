// Which samples a run is trained and measured on.

#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

class RunData : public JobTest {
 protected:
  /// Trains to the end.
  RunState train(const std::string& run, int ranks, const Words& more) {
    const ProgramResult result = lockstep_program(job_->train(run, ranks, more));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return newest_state(job_->run_dir(run));
  }
  std::string path_of(const std::string& run) const { return job_->run_dir(run).string(); }
};

TEST_F(RunData, OneSplitInAListIsThatSplit) {
  const RunState alone = train("alone", 1, {"train.max_steps=4"});
  EXPECT_EQ(train("list", 2, {"train.max_steps=4", "data.train=[train]"}), alone);
  EXPECT_EQ(train("alone", 1, {"train.max_steps=4", "data.train=[train]"}), alone);
}

TEST_F(RunData, SeveralSplitsAreTrainedOnAndAValidationOnThemIsWarnedOf) {
  const Words both = {"data.train=[train, valid]", "train.max_steps=2"};
  expect(0, "1150 samples to train on (train + valid), 150 to validate on",
         job_->train("both", 1, both));
  expect(0, "the run is validated on 'valid', which it is also trained on",
         job_->train("both", 1, {"data.train=[train, valid]", "--dry-run"}));
  const ProgramResult without = lockstep_program(
      job_->train("without", 1, {"data.train=[train, valid]", "data.valid=", "train.max_steps=2"}));
  EXPECT_EQ(without.exit_code, 0);
  EXPECT_THAT(without.err, AllOf(HasSubstr("0 to validate on"), Not(HasSubstr("warning"))));
  // The run has them, and no other without --override.
  expect(0, "continuing from", {"train", path_of("both"), "train.max_steps=3"});
  expect(2, "data.train: [train, valid] in the run, train now",
         job_->train("both", 1, {"train.max_steps=4"}));
  expect(0, "continuing with another config",
         job_->train("both", 1, {"train.max_steps=4", "--override"}));
  expect(2, "data.train has 'test', and pack",
         job_->train("none", 1, {"data.train=[train, test]"}));
  expect(2, "it has: train, valid", job_->train("none", 1, {"data.train=test"}));
}

TEST_F(RunData, ACopyOnTheNodesDiskIsReadInstead) {
  const RunState direct = train("direct", 1, {"train.max_steps=4"});
  const auto scratch = job_->run_dir("scratch");
  const std::string stage = "data.stage=" + scratch.string();
  const ProgramResult first =
      lockstep_program(job_->train("staged", 2, {"train.max_steps=4", stage}));
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("the pack is read from '" + scratch.string() + "/lockstep-"));
  EXPECT_EQ(newest_state(job_->run_dir("staged")), direct);
  expect(0, "of which 0 B were copied", job_->train("again", 2, {"train.max_steps=4", stage}));
  EXPECT_EQ(newest_state(job_->run_dir("again")), direct);
  // One that is not kept is another: that of a second run stays.
  expect(0, "the pack is read from",
         job_->train("kept", 1, {"train.max_steps=4", stage, "data.stage_keep=false"}));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch), {}), 1);
  expect(2, "that variable is not set",
         job_->train("unset", 1, {"data.stage=$LOCKSTEP_NOWHERE/packs"}));
  expect(4, "cannot create", job_->train("file", 1, {"data.stage=/dev/null/packs"}));
}

TEST_F(RunData, AnEmptyValidIsNoValidationHoweverItIsWritten) {
  const auto config = job_->run_dir("empty.yaml");
  std::ofstream(config) << fmt::format(
      "data: {{pack: {}, valid: \"\"}}\ntrain: {{epochs: 1, batch: 8, lanes: 4, device: cpu}}\n"
      "run: {{dir: {}}}\n",
      job_->pack().string(), path_of("yaml"));
  expect(0, "0 to validate on", {"train", config.string()});
  const Words forms[] = {{"data.valid="}, {"data.valid=\"\""}, {"data.valid=''"}};
  for (std::size_t i = 0; i < std::size(forms); ++i) {
    Words words = forms[i];
    words.emplace_back("train.epochs=1");
    expect(0, "0 to validate on", job_->train(fmt::format("empty{}", i), 1, words));
  }
  for (const char* run : {"yaml", "empty0", "empty1", "empty2"}) {
    std::ifstream file(job_->run_dir(run) / "metrics.jsonl");
    const std::string metrics = (std::ostringstream() << file.rdbuf()).str();
    EXPECT_THAT(metrics, AllOf(HasSubstr("\"train/loss\""), Not(HasSubstr("valid/")))) << run;
    EXPECT_TRUE(checkpoints_of(path_of(run)).back().at("valid"));
    expect(2, "the run has no validation split", {"eval", path_of(run)});
    expect(0, "", {"eval", path_of(run), "--split", "valid"});
  }
}

TEST_F(RunData, WithoutValidationNothingIsMeasuredByIt) {
  const auto refused = [&](const char* message, const Words& keys) {
    Words words = {"data.valid=", "train.epochs=2"};
    words.insert(words.end(), keys.begin(), keys.end());
    expect(2, message, job_->train("refused", 1, words));
  };
  refused("checkpoint.best is 'valid/loss', but data.valid is empty",
          {"checkpoint.best=valid/loss"});
  refused("schedule.metric is 'valid/loss', by which no epoch of this run is measured",
          {"schedule.name=plateau", "schedule.metric=valid/loss"});
  // auto falls back to the loss of training.
  EXPECT_EQ(train("plateau", 1, {"data.valid=", "train.epochs=2", "schedule.name=plateau"}).step,
            62);
}

TEST_F(RunData, PixelsAreOfOneKindInTrainingAndEvaluation) {
  for (const char* kind : {"pixel", "none"}) {
    const std::string key = fmt::format("data.normalise={}", kind);
    const Words keys = {key, "train.epochs=1", "optimizer.lr=0.0001"};
    expect(0, fmt::format("(data.normalise: {})", kind), job_->train(kind, 2, keys));
    const ProgramResult evaluated = lockstep_program({"eval", path_of(kind), "--json"});
    ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
    const nlohmann::json measured = checkpoints_of(path_of(kind)).back().at("metrics");
    EXPECT_NEAR(nlohmann::json::parse(evaluated.out).at("loss").get<double>(),
                measured.at("valid/loss").get<double>(), 1e-6);
    expect(2, fmt::format("data.normalise: {} in the run, pack now", kind),
           job_->train(kind, 1, {"train.epochs=1", "optimizer.lr=0.0001"}));
    expect(0, "continuing from", {"train", path_of(kind)});
  }
  // What weights were trained with counts where the config leaves it open.
  const std::string weights = "model.weights=" + path_of("pixel");
  expect(0, "those of model.weights", job_->train("begun", 1, {weights, "--dry-run"}));
  expect(0, "(data.normalise: none)",
         job_->train("begun", 1, {weights, "data.normalise=none", "--dry-run"}));
}

TEST_F(RunData, TheOutputsAreTheChosenClassesInTheirOrder) {
  const Words classes = {"data.classes=[8, 1, 5, 2]", "train.epochs=8", "optimizer.lr=0.2"};
  const RunState one = train("classes", 1, classes);
  EXPECT_EQ(train("classes2", 2, classes), one);
  std::ifstream file(job_->run_dir("classes") / "checkpoints" /
                     fmt::format("step_{:08}", one.step) / "state.json");
  EXPECT_EQ(nlohmann::json::parse(file).at("task").at("outputs"),
            (nlohmann::json{"8", "1", "5", "2"}));

  const ProgramResult evaluated = lockstep_program({"eval", path_of("classes"), "--json"});
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
  const auto report = nlohmann::json::parse(evaluated.out);
  const int count = report.at("evaluated");
  EXPECT_GT(count, 30);
  EXPECT_LT(count, 90);
  EXPECT_THAT(
      evaluated.err,
      HasSubstr(fmt::format("{} of the 150 samples of split 'valid' are of classes", 150 - count)));
  EXPECT_GT(report.at("accuracy"), 0.9);
  EXPECT_EQ(report, nlohmann::json::parse(
                        lockstep_program({"eval", path_of("classes"), "-n", "3", "--json"}).out));

  // The exported model knows its classes too.
  const std::string weights = path_of("classes.safetensors");
  ASSERT_EQ(lockstep_program({"export", path_of("classes"), weights}).exit_code, 0);
  const ProgramResult of_file =
      lockstep_program({"eval", "--weights", weights, "--pack", job_->pack().string(), "--split",
                        "valid", "--json"});
  ASSERT_EQ(of_file.exit_code, 0) << of_file.err;
  EXPECT_EQ(nlohmann::json::parse(of_file.out).at("accuracy"), report.at("accuracy"));

  // Predictions are of all samples.
  const ProgramResult predicted =
      lockstep_program({"predict", path_of("classes"), job_->pack().string(), "--split", "valid",
                        "--out", path_of("classes.csv")});
  ASSERT_EQ(predicted.exit_code, 0) << predicted.err;
  std::ifstream table(path_of("classes.csv"));
  int rows = -1;  // its head
  for (std::string line; std::getline(table, line);) ++rows;
  EXPECT_EQ(rows, 150);

  expect(0, "continuing from", {"train", path_of("classes"), "train.epochs=8"});
  expect(2, "data.classes: [8, 1, 5, 2] in the run, [1, 8, 5, 2] now",
         job_->train("classes", 1,
                     {"data.classes=[1, 8, 5, 2]", "train.epochs=8", "optimizer.lr=0.2"}));
}

TEST_F(RunData, AModelOfSomeClassesIsNotMeasuredOnAPackWithoutThem) {
  train("some", 1, {"data.classes=[3, 4]", "train.max_steps=1"});
  const auto other = job_->run_dir("other pack");
  const auto source = job_->pack().parent_path() / "source";
  const Words pack = {"pack", source.string(), "--out", other.string(), "--classes", "1,3,5"};
  const ProgramResult packed = lockstep_program(pack);
  ASSERT_EQ(packed.exit_code, 0) << packed.err;
  expect(2, "data.classes has '4', and pack", {"eval", path_of("some"), "--pack", other.string()});
}

}  // namespace
}  // namespace lockstep
