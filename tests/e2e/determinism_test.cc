// The promise: the same bits on any number of ranks, through any restart.

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/e2e/program.h"
#include "trainer/optimizer/optimizer_options.h"
#include "trainer/schedule/schedule_options.h"

namespace lockstep {
namespace {

using Words = std::vector<std::string>;

class SameBits : public testing::Test {
 protected:
  static void SetUpTestSuite() { job_ = std::make_unique<SmallJob>(); }
  static void TearDownTestSuite() { job_.reset(); }

  /// Trains to its end and gives the state of the last checkpoint.
  RunState train(const std::string& run, int ranks, const Words& more) {
    const ProgramResult result = lockstep_program(job_->train(run, ranks, more));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return newest_state(job_->run_dir(run));
  }

  static std::unique_ptr<SmallJob> job_;
};
std::unique_ptr<SmallJob> SameBits::job_;

TEST_F(SameBits, OnOneToFourRanks) {
  const Words thirty = {"train.max_steps=30"};
  const RunState one = train("one", 1, thirty);
  EXPECT_EQ(one.step, 30);
  EXPECT_FALSE(one.digest.empty());
  for (int ranks = 2; ranks <= 4; ++ranks)
    EXPECT_EQ(train(fmt::format("w{}", ranks), ranks, thirty), one) << ranks;
}

TEST_F(SameBits, AnotherSeedGivesOtherBits) {
  EXPECT_NE(train("seed1", 2, {"train.max_steps=2"}).digest,
            train("seed2", 2, {"train.max_steps=2", "run.seed=2"}).digest);
}

TEST_F(SameBits, OfResNet18OnOneToFourRanks) {
  const Words few = {"train.max_steps=3", "train.batch=4", "model.name=resnet18",
                     "model.stem=small"};
  const RunState one = train("resnet1", 1, few);
  EXPECT_EQ(one.step, 3);
  for (int ranks = 2; ranks <= 4; ++ranks) {
    EXPECT_EQ(train(fmt::format("resnet{}", ranks), ranks, few), one) << ranks;
  }
}

TEST_F(SameBits, OfEveryScheduleThroughARestart) {
  std::set<std::string> digests;
  for (const auto& [kind, name] : enum_names(ScheduleKind{})) {
    Words keys = {fmt::format("schedule.name={}", name), "train.epochs=3",
                  "schedule.warmup_epochs=0"};
    const auto options = own_options(kind);
    const auto set = [&](std::string_view option, const char* value) {
      if (std::ranges::find(options, option) == options.end()) return;
      keys.push_back(fmt::format("schedule.{}={}", option, value));
    };
    set("step_epochs", "0.7");
    set("milestones", "[0.5, 2]");
    set("cycle_epochs", "0.9");
    set("phases", "[linear 1.3 from 0.2 to 1, constant 0.9, exponential 0.8 to 0.1]");
    set("patience", "0");
    set("threshold", "0.9");  // every epoch is one without progress
    const std::string run(name);
    const RunState undisturbed = train(run, 2, keys);
    EXPECT_EQ(undisturbed.step, 93);
    digests.insert(undisturbed.digest);
    keys.emplace_back("train.max_steps=70");  // behind two epochs' ends
    train(run + " cut", 3, keys);
    keys.back() = "train.max_steps=0";
    EXPECT_EQ(train(run + " cut", 1, keys), undisturbed) << name;
  }
  EXPECT_EQ(digests.size(), enum_names(ScheduleKind{}).size()) << "each is another";
}

TEST_F(SameBits, OfEveryOptimizerThroughARestart) {
  std::set<std::string> digests;
  for (const auto& [kind, name] : enum_names(OptimizerKind{})) {
    Words keys = {fmt::format("optimizer.name={}", name), "optimizer.lr=0.001",
                  "optimizer.weight_decay=0.01"};
    const std::string run = fmt::format("of {}", name);
    keys.emplace_back("train.max_steps=10");
    const RunState undisturbed = train(run, 1, keys);
    EXPECT_EQ(undisturbed.step, 10);
    digests.insert(undisturbed.digest);
    keys.back() = "train.max_steps=6";
    train(run + " cut", 3, keys);
    keys.back() = "train.max_steps=10";
    EXPECT_EQ(train(run + " cut", 2, keys), undisturbed) << name;
  }
  EXPECT_EQ(digests.size(), enum_names(OptimizerKind{}).size()) << "each is another";
}

TEST_F(SameBits, OnAllRanksOfOneRunIsWhatFastPromises) {
  // Committing compares the ranks' digests.
  EXPECT_EQ(train("fast", 3, {"train.max_steps=10", "train.reduction=fast"}).step, 10);
}

TEST_F(SameBits, WhateverTheWorkersAndThePrefetch) {
  EXPECT_EQ(train("workers0", 2, {"train.max_steps=10", "data.workers=0"}),
            train("workers3", 2, {"train.max_steps=10", "data.workers=3", "data.prefetch=9"}));
}

TEST_F(SameBits, ThroughStopsAndOtherNumbersOfRanks) {
  const RunState undisturbed = train("undisturbed", 2, {"train.max_steps=45"});
  EXPECT_EQ(train("stopped", 3, {"train.max_steps=13"}).step, 13);
  EXPECT_EQ(train("stopped", 1, {"train.max_steps=29"}).step, 29);
  EXPECT_EQ(train("stopped", 4, {"train.max_steps=45"}), undisturbed);  // 31 steps make an epoch
}

TEST_F(SameBits, OfAllThatFeedsItThroughStopsAndOtherNumbersOfRanks) {
  const std::map<std::string, Words> kinds = {
      {"block", {"data.shuffle=block", "data.shuffle_block=16", "data.shuffle_window=5"}},
      {"oversample", {"data.balance=oversample"}},
      {"weights", {"data.balance=weights", "data.limit=500"}},
      {"splits", {"data.train=[train, valid]", "data.balance=oversample"}},
      {"classes", {"data.classes=[7, 0, 3, 9, 4]", "data.shuffle=block", "data.shuffle_block=8"}},
      {"sizes", {"train.image_size=[8, 12]", "train.epochs=2"}},
      {"augmented",
       {"data.augment.preset=side_on", "data.augment.crop_padding=0", "data.augment.crop=presized",
        "data.augment.flip=dihedral", "data.augment.shear=5", "data.augment.translate=0.1",
        "data.augment.saturation=0.3", "data.augment.hue=0.1", "data.augment.greyscale=0.2",
        "data.augment.policy=rand_augment", "data.augment.erase=0.5",
        "data.augment.erase_fill=noise", "data.augment.mixup=0.2", "data.augment.cutmix=1",
        "data.channels=3"}},
      {"trivial", {"data.augment.policy=trivial_augment", "data.augment.border=reflect"}},
      {"mixed", {"data.augment.mixup=0.4", "data.augment.cutmix=1", "data.balance=weights"}},
  };
  std::set<std::string> digests;
  for (const auto& [name, keys] : kinds) {
    const auto until = [&](const std::string& run, int ranks, int step) {
      Words words = keys;
      words.push_back(fmt::format("train.max_steps={}", step));
      return train(name + run, ranks, words);
    };
    const RunState undisturbed = until("-undisturbed", 2, 45);
    until("-stopped", 3, 13);
    until("-stopped", 1, 31);
    EXPECT_EQ(until("-stopped", 4, 45), undisturbed) << name;
    digests.insert(undisturbed.digest);
  }
  EXPECT_EQ(digests.size(), kinds.size()) << "each changes the result";
}

TEST_F(SameBits, OfTheMetricsTooThroughAStop) {
  train("metrics", 2, {"train.max_steps=45"});
  train("metrics-stopped", 3, {"train.max_steps=13"});
  train("metrics-stopped", 2, {"train.max_steps=45"});
  const auto numbers = [&](const std::string& run) {
    std::vector<nlohmann::json> lines;
    std::ifstream file(job_->run_dir(run) / "metrics.jsonl");
    for (std::string text; std::getline(file, text);) {
      nlohmann::json line = nlohmann::json::parse(text);
      for (const char* timing : {"time", "seconds", "images_per_second", "data_wait_seconds",
                                 "communication_seconds", "evaluation_seconds"}) {
        line.erase(timing);
      }
      lines.push_back(line);
    }
    return lines;
  };
  const auto undisturbed = numbers("metrics");
  EXPECT_EQ(undisturbed.size(), 10u);  // every 5 of 45 steps, and one epoch
  EXPECT_EQ(numbers("metrics-stopped"), undisturbed);
}

TEST_F(SameBits, AfterTheLanesChangedInMidEpoch) {
  for (const int ranks : {1, 2}) {
    const std::string run = fmt::format("lanes{}", ranks);
    EXPECT_EQ(train(run, 2, {"train.max_steps=13"}).step, 13);
    train(run, ranks, {"--lanes", "6", "train.max_steps=20"});
  }
  const RunState one = newest_state(job_->run_dir("lanes1"));
  EXPECT_EQ(one.step, 20);
  EXPECT_EQ(newest_state(job_->run_dir("lanes2")), one);
  std::ifstream file(job_->run_dir("lanes1") / "checkpoints" / "step_00000020" / "state.json");
  const auto state = nlohmann::json::parse(file);
  EXPECT_EQ(state.at("cursor").at("offset"), 13 * 4 * 8 + 7 * 6 * 8)
      << "no sample twice, none left out";
  EXPECT_EQ(state.at("lanes"), 6);
}

TEST_F(SameBits, OfTheEvaluationOnAnyNumberOfRanks) {
  train("evaluated", 2, {"train.epochs=1"});
  const std::string run = job_->run_dir("evaluated").string();
  const auto evaluate = [&](int ranks, const std::string& precision = "auto") {
    return nlohmann::json::parse(lockstep_program({"eval", run, "-n", std::to_string(ranks),
                                                   "--precision", precision, "--json"})
                                     .out);
  };
  const auto one = evaluate(1);
  EXPECT_EQ(one.at("evaluated"), 150);
  EXPECT_EQ(evaluate(3), one);
  EXPECT_EQ(one.at("accuracy"), checkpoints_of(run).back().at("metrics").at("valid/accuracy"));
  EXPECT_EQ(one.at("precision"), "fp32");
  const auto coarse = evaluate(1, "bf16");
  EXPECT_EQ(coarse.at("precision"), "bf16");
  EXPECT_NE(coarse.at("loss"), one.at("loss"));
  EXPECT_NEAR(coarse.at("loss").get<double>(), one.at("loss").get<double>(), 0.05);
}

}  // namespace
}  // namespace lockstep
