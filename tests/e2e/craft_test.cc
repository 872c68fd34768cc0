// What makes a good model of a run: losses, clipping, fine-tuning, ends before the end. Each has
// the same bits on any number of ranks, through a restart.

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

class Craft : public JobTest {
 protected:
  static ProgramResult run(const std::string& name, int ranks, const Words& keys) {
    const ProgramResult result = lockstep_program(job_->train(name, ranks, keys));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }
  static RunState train(const std::string& name, int ranks, const Words& keys) {
    run(name, ranks, keys);
    return newest_state(job_->run_dir(name));
  }
  static nlohmann::json metrics_of_epochs(const std::string& name) {
    nlohmann::json lines = nlohmann::json::array();
    std::ifstream file(job_->run_dir(name) / "metrics.jsonl");
    for (std::string line; std::getline(file, line);) {
      nlohmann::json object = nlohmann::json::parse(line);
      if (object.at("kind") == "epoch") lines.push_back(std::move(object));
    }
    return lines;
  }
};

/// A new one is a line here.
const std::map<std::string, Words> kCrafts = {
    {"smoothing", {"task.label_smoothing=0.1"}},
    {"bce", {"task.loss=bce", "task.label_smoothing=0.1", "data.augment.mixup=0.2"}},
    {"focal", {"task.loss=focal", "task.focal_gamma=1.5", "data.balance=weights"}},
    {"clip_norm", {"optimizer.clip_norm=0.5"}},
    {"clip_value", {"optimizer.clip_value=0.01"}},
    {"groups",
     {"optimizer.decay_norm_and_bias=false", "optimizer.lr_layer_decay=0.5", "optimizer.name=adamw",
      "optimizer.lr=0.01"}},
    {"first_stage", {"optimizer.lr_first_stage=0.01"}},
    {"cycle", {"schedule.name=one_cycle", "schedule.warmup_epochs=0"}},
    {"no_norm", {"model.norm=none", "optimizer.lr=0.02", "ema.decay=0.9"}},
    {"phases",
     {"schedule.name=phases",
      "schedule.phases=[linear 0.5 from 0.1 to 1, constant 1.2, cosine 1 to 0.01]"}},
    {"freeze", {"fine_tune.freeze=[conv1, '*.bias']", "ema.decay=0.9"}},
    {"pixel", {"data.normalise=pixel"}},
    {"raw", {"data.normalise=none", "optimizer.lr=0.0001"}},
    {"frozen_norms", {"fine_tune.freeze=[conv1]", "fine_tune.frozen_mode=training"}},
    {"head_first",
     {"fine_tune.head_epochs=1", "fine_tune.rate_factor=0.5", "optimizer.name=adam",
      "optimizer.lr=0.01", "ema.decay=0.9"}},
    {"unfreeze", {"fine_tune.unfreeze=[1, 2]", "optimizer.name=rmsprop_tf", "optimizer.lr=0.01"}},
    {"swa", {"average.last=2", "schedule.name=constant"}},
    {"swa_frozen",
     {"average.last=3", "fine_tune.freeze=[conv1]", "optimizer.name=adam", "optimizer.lr=0.01"}},
    {"train_eval", {"log.train_eval=100"}},
    {"overfit", {"train.overfit_batches=31", "data.augment.preset=none"}},
};

/// Where what is trained changes from epoch to epoch, a run is cut at the first epoch's end and in
/// the last; else at one of them.
std::vector<std::string> cuts_of(const Words& craft, std::size_t number) {
  const bool has_phases = std::ranges::any_of(craft, [](const std::string& key) {
    return key.starts_with("fine_tune.") || key.starts_with("average.");
  });
  if (has_phases) return {"train.max_steps=31", "train.max_steps=75"};
  return {number % 2 == 0 ? "train.max_steps=31" : "train.max_steps=75"};
}

class EveryCraft : public Craft, public testing::WithParamInterface<std::size_t> {};

/// Every third craft, from the parameter on: a test that is not too long.
TEST_P(EveryCraft, HasTheSameBitsThroughARestart) {
  std::set<std::string> digests;
  std::size_t number = 0, tried = 0;
  for (const auto& [name, more] : kCrafts) {
    if (number++ % 3 != GetParam()) continue;
    Words keys = more;
    keys.insert(keys.end(), {"train.epochs=3", "train.max_steps=0"});
    const RunState undisturbed = train(name, 1, keys);
    EXPECT_EQ(undisturbed.step, 93) << name;
    digests.insert(undisturbed.digest);
    for (const std::string& cut : cuts_of(more, tried++)) {
      keys.back() = cut;
      train(name + " cut", 3, keys);
    }
    keys.back() = "train.max_steps=0";
    EXPECT_EQ(train(name + " cut", 2, keys), undisturbed) << name;
  }
  EXPECT_EQ(digests.size(), tried) << "each is another";
}

INSTANTIATE_TEST_SUITE_P(Craft, EveryCraft, testing::Values(0u, 1u, 2u));

TEST_F(Craft, AKillAtTheMomentOfUnfreezingLosesNothing) {
  const Words keys = {"fine_tune.head_epochs=1", "train.epochs=2"};
  const RunState undisturbed = train("unfrozen", 2, keys);
  const std::filesystem::path checkpoints = job_->run_dir("unfrozen") / "checkpoints";
  std::filesystem::remove_all(checkpoints / "step_00000062");
  EXPECT_EQ(train("unfrozen", 3, keys), undisturbed) << "from the checkpoint before the change";
}

TEST_F(Craft, WhatIsFrozenStaysAsItWasAndThePlanSaysWhatIsTrained) {
  const ProgramResult head =
      run("head", 1, {"fine_tune.head_epochs=3", "train.epochs=4", "train.max_steps=10"});
  EXPECT_THAT(head.err, HasSubstr("parameters are trained, in the head alone"));
  EXPECT_THAT(head.err, HasSubstr("head; after epoch 3: conv1, conv2, conv3, head"));
  EXPECT_THAT(head.err, HasSubstr("model.weights is not set"));
  EXPECT_THAT(head.err, HasSubstr("done at step 10 of 124"));
  expect(2, "did you mean 'conv2'", job_->train("typo", 1, {"fine_tune.freeze=[cnv2]"}));
  expect(2, "nothing to train", job_->train("nothing", 1, {"fine_tune.freeze=['*']"}));
  expect(2, "has no effect", job_->train("flat", 1, {"fine_tune.rate_factor=0.5"}));
  expect(2, "a fraction: 0.95 is 95 %", job_->train("goal", 1, {"task.goal=95"}));
  expect(2, "raise train.epochs",
         job_->train("long", 1, {"fine_tune.head_epochs=4", "train.epochs=4"}));
}

TEST_F(Craft, EarlyStoppingEndsARunThatCanBeContinued) {
  Words keys = {"early_stopping.patience=1", "early_stopping.min_change=100",
                "early_stopping.metric=valid/loss"};
  const ProgramResult first = run("early", 2, keys);
  EXPECT_THAT(first.err, HasSubstr("stopped early (early_stopping.metric: valid/loss) at step 62"));
  EXPECT_EQ(metrics_of_epochs("early").size(), 2u);
  EXPECT_THAT(run("early", 3, keys).err,
              HasSubstr("stopped early (early_stopping.metric: valid/loss) at step 62"))
      << "nothing is left to do";
  keys.front() = "early_stopping.patience=2";
  EXPECT_THAT(run("early", 1, keys).err,
              HasSubstr("stopped early (early_stopping.metric: valid/loss) at step 93"));
  expect(2, "valid/accuracy",
         job_->train("odd", 1, {"early_stopping.patience=1", "early_stopping.metric=valid/acc"}));
}

TEST_F(Craft, APlateauCanEndTheRun) {
  const ProgramResult result =
      run("plateau", 1,
          {"schedule.name=plateau", "schedule.patience=0", "schedule.threshold=0.9",
           "schedule.factor=0.1", "schedule.stop_below=0.001"});
  EXPECT_THAT(result.err, HasSubstr("ended by schedule.stop_below"));
  EXPECT_LT(newest_state(job_->run_dir("plateau")).step, 124);
}

TEST_F(Craft, TheTimeEndsAProcessAndTheNextGoesOn) {
  const Words keys = {"train.max_time_s=0.001"};
  EXPECT_THAT(run("time", 2, keys).err, HasSubstr("train.max_time_s is over"));
  const std::int64_t steps = newest_state(job_->run_dir("time")).step;
  EXPECT_LT(steps, 124);
  EXPECT_EQ(train("time", 3, {}), train("no time", 1, {}));
}

TEST_F(Craft, AGlobalBatchIsAnotherWayToSayLanes) {
  const Words common = {"train.max_steps=5", "train.lanes=0"};
  Words keys = common;
  keys.emplace_back("train.global_batch=32");
  EXPECT_EQ(train("global", 2, keys), train("lanes", 2, {"train.max_steps=5", "train.lanes=4"}));
  keys.back() = "train.global_batch=33";
  expect(2, "not a multiple of train.batch", job_->train("odd global", 1, keys));
  expect(2, "remove one of them",
         job_->train("both", 1, {"train.lanes=2", "train.global_batch=32"}));
}

TEST_F(Craft, ABatchIsLearnedByHeart) {
  const ProgramResult result =
      run("heart", 1,
          {"train.overfit_batches=1", "train.epochs=100", "model.dropout=0",
           "schedule.warmup_epochs=0", "checkpoint.every_epochs=0", "optimizer.name=adam",
           "optimizer.lr=0.02", "optimizer.lr_scaling=none", "optimizer.weight_decay=0"});
  EXPECT_THAT(result.err, HasSubstr("can learn them by heart"));
  EXPECT_THAT(run("no heart", 1, {"train.overfit_batches=1", "train.epochs=1"}).err,
              HasSubstr("has not learned them by heart"));
}

TEST_F(Craft, AnOddFirstLossIsTold) {
  EXPECT_THAT(run("odd begin", 1,
                  {"train.max_steps=1", "model.name=linear", "model.dropout=0", "data.mean=[0]",
                   "data.std=[0.001]"})
                  .err,
              HasSubstr("2.303 is expected of a network that knows nothing"));
  EXPECT_THAT(run("plain begin", 1, {"train.max_steps=1"}).err, Not(HasSubstr("is expected of")));
}

TEST_F(Craft, AFinishedRunSaysWhatToTryNext) {
  const Words keys = {"train.epochs=1", "log.train_eval=100", "task.goal=1"};
  const ProgramResult result = run("diagnosed", 2, keys);
  EXPECT_THAT(result.err, HasSubstr("goal        100.00 %"));
  EXPECT_THAT(result.err, HasSubstr("validation"));
  EXPECT_THAT(result.err, HasSubstr("underfit"));
  const nlohmann::json line = metrics_of_epochs("diagnosed").at(0);
  EXPECT_EQ(line.at("train_eval/count"), 100);
  EXPECT_NEAR(
      line.at("gap/accuracy").get<double>(),
      line.at("valid/accuracy").get<double>() - line.at("train_eval/accuracy").get<double>(),
      1e-12);
}

/// The probabilities in a table of predictions, row after row.
std::vector<double> probabilities(const std::string& table) {
  std::vector<double> numbers;
  std::istringstream lines(table);
  std::string line;
  std::getline(lines, line);  // the header
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; std::getline(fields, field, ','); ++i) {
      if (i >= 4) numbers.push_back(std::stod(field));  // behind id, label, probability, error
    }
  }
  return numbers;
}

TEST_F(Craft, SnapshotsAnswerWithTheirMean) {
  run("cycles", 2,
      {"schedule.name=warm_restarts", "schedule.cycle_epochs=1", "checkpoint.keep=0",
       "schedule.warmup_epochs=0", "train.epochs=3"});
  const auto predict = [&](const std::filesystem::path& model, int ranks, const Words& more) {
    Words words = {"predict",
                   model.string(),
                   job_->pack().string(),
                   "--split",
                   "valid",
                   "--probabilities",
                   "--out",
                   "-",
                   "-n",
                   std::to_string(ranks)};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramResult result = lockstep_program(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  const std::string mean = predict(job_->run_dir("cycles"), 1, {"--snapshots", "3"});
  EXPECT_EQ(predict(job_->run_dir("cycles"), 3, {"--snapshots", "3"}), mean);
  std::vector<double> expected(1500);
  for (const char* step : {"31", "62", "93"}) {
    const std::vector<double> one = probabilities(predict(
        job_->run_dir("cycles") / "checkpoints" / fmt::format("step_000000{}", step), 1, {}));
    ASSERT_EQ(one.size(), expected.size());
    for (std::size_t i = 0; i < one.size(); ++i) expected[i] += one[i] / 3;
  }
  const std::vector<double> found = probabilities(mean);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 1e-6);
  expect(2, "checkpoint.keep=0", {"eval", job_->run_dir("cycles").string(), "--snapshots", "4"});
}

class LrFind : public Craft {
 protected:
  static ProgramResult find(int ranks, const Words& more) {
    Words words = job_->train("never made", ranks, more);
    words.front() = "lr-find";
    return lockstep_program(words);
  }
};

TEST_F(LrFind, SaysTheSameOnAnyNumberOfRanksAndLeavesNothing) {
  const TemporaryDirectory files;
  const auto search = [&](int ranks) {
    const std::string table = (files / fmt::format("{}.csv", ranks)).string();
    const ProgramResult result =
        find(ranks, {"--out", table, "--plot", (files / fmt::format("{}.png", ranks)).string()});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("valley"));
    EXPECT_THAT(result.out, testing::AnyOf(HasSubstr("to use the first: optimizer.lr="),
                                           HasSubstr("with --powers-of-2 optimizer.lr=")));
    std::ifstream file(table);
    return result.out + std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string one = search(1);
  EXPECT_EQ(search(3), one);
  EXPECT_FALSE(std::filesystem::exists(job_->run_dir("never made")));
  EXPECT_GT(std::filesystem::file_size(files / "1.png"), 1000u);
}

TEST_F(LrFind, WithPowersOfTwoTrainsBrieflyWithEach) {
  const ProgramResult result =
      find(2, {"--powers-of-2", "--steps", "5", "optimizer.lr=1", "schedule.warmup_epochs=0"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(std::ranges::count(result.out, '\n'), 1 + 13 + 1) << result.out;
  EXPECT_THAT(result.out, HasSubstr("to use the best: optimizer.lr="));
}

TEST_F(LrFind, RefusesWhatMakesNoSense) {
  EXPECT_EQ(find(1, {"--from", "1", "--to", "0.1"}).exit_code, 2);
  EXPECT_EQ(find(1, {"--steps", "1"}).exit_code, 2);
  EXPECT_EQ(find(1, {"--from", "-1"}).exit_code, 2);
  EXPECT_EQ(find(1, {"--from", "1", "--powers-of-2"}).exit_code, 2);
  const std::string config = job_->train("never made", 1).at(1);
  EXPECT_THAT(find(1, {"--out", config, "--force"}).err, HasSubstr("is what is to be read"));
  const ProgramResult few = find(1, {"--steps", "8"});
  EXPECT_EQ(few.exit_code, 0);
  EXPECT_THAT(few.out, HasSubstr("too early to suggest a rate"));
}

TEST_F(Craft, BatchesAreTriedUntilOneDoesNotFit) {
  Words words = job_->train("never made", 1, {"--max", "2048"});
  words.front() = "batch-find";
  std::erase(words, "-n");
  std::erase(words, "1");
  const ProgramResult result = lockstep_program(words);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("\n512 "));
  EXPECT_THAT(result.out, HasSubstr("1024 is too many: the training split has 1000 samples"));
  EXPECT_THAT(result.out, HasSubstr("the largest that was tried and fits: train.batch=512"));
  EXPECT_FALSE(std::filesystem::exists(job_->run_dir("never made")));
}

TEST_F(Craft, TheLadderEndsAtTheFirstNetworkThatLearns) {
  const TemporaryDirectory files;
  const std::string picture = (files / "ladder.png").string();
  const auto climb = [&](int ranks, const Words& more) {
    Words words = job_->train("never made", ranks, {"train.epochs=2"});
    words.front() = "ladder";
    words.insert(words.end(), more.begin(), more.end());
    const ProgramResult result = lockstep_program(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  const std::string two = climb(2, {"--bound", "0.75", "--plot", picture});
  EXPECT_THAT(two, HasSubstr("enough to learn the training split: "));
  EXPECT_EQ(climb(3, {"--bound", "0.75"}), two);
  EXPECT_GT(std::filesystem::file_size(picture), 1000u);
  const std::string none = climb(1, {"--bound", "0", "--blocks", "1", "optimizer.lr=1e-9"});
  EXPECT_THAT(none, HasSubstr("resnet of 3 x 1"));
  EXPECT_THAT(none, HasSubstr("none learns the training split"));
}

TEST_F(Craft, TheScheduleIsDrawn) {
  const TemporaryDirectory files;
  const std::string picture = (files / "rate.png").string();
  Words words = job_->train("drawn", 1, {"--dry-run", "--plot", picture});
  const ProgramResult result = lockstep_program(words);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_GT(std::filesystem::file_size(picture), 1000u);
  expect(2, "--force replaces it", job_->train("drawn", 1, {"--dry-run", "--plot", picture}));
  words = job_->train("drawn", 1, {"--dry-run", "--force"});
  words.insert(words.end(), {"--plot", words.at(1)});
  expect(2, "ends in .png", words);
  expect(2, "give --dry-run too", job_->train("drawn", 1, {"--plot", picture}));
}

}  // namespace
}  // namespace lockstep
