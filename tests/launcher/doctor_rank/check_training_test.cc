#include "launcher/doctor_rank/check_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/communicator/communicator.h"
#include "imaging/codec/encode.h"
#include "launcher/config/config_yaml.h"
#include "launcher/doctor_rank/config_checks.h"
#include "tests/launcher/doctor/finding_of.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Words = std::vector<std::string>;

/// Noise of 8 x 8 grey pixels, brighter on one side.
std::string picture(unsigned seed, bool right) {
  std::string bytes;
  Image image;
  image.reshape(8, 8, 1);
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 8; ++x) {
      seed = seed * 1664525 + 1013904223;
      image.row(y)[x] = static_cast<std::uint8_t>((seed >> 24) / 2 + ((x >= 4) == right ? 127 : 0));
    }
  }
  const std::vector<std::byte> png = encode_png(image.view());
  return {reinterpret_cast<const char*>(png.data()), png.size()};
}

/// A pack of two classes that are easily told, but for every tenth label.
class CheckTraining : public testing::Test {
 protected:
  CheckTraining() {
    for (unsigned i = 0; i < 240; ++i) {
      const bool right = i % 2 == 1;
      const char* const split = i < 160 ? "train" : "valid";
      write_text(
          directory_ / "images" / split / (right ? "right" : "left") / fmt::format("{:03}.png", i),
          picture(i * 7919, i % 10 == 9 ? !right : right));
    }
    write_pack(*source_of(directory_ / "images"), writer_to(directory_ / "pack"));
  }

  Config config(Words overrides = {}) const {
    overrides.insert(overrides.begin(), "data.pack=" + (directory_ / "pack").string());
    return parse_config(
        "data: {workers: 0}\n"
        "model: {name: mlp, widths: [32, 16]}\n"
        "train: {batch: 32, lanes: 2, device: cpu}\n"
        "optimizer: {name: sgd, lr: 0.1, lr_scaling: none, momentum: 0.9}\n",
        "test.yaml", overrides);
  }
  Findings findings(const Words& overrides = {}) {
    return check_training(config(overrides), context_);
  }

  TemporaryDirectory directory_;
  std::shared_ptr<spdlog::logger> log_ = std::make_shared<spdlog::logger>("silent");
  StopRequest stop_{StopSignals::rank};
  std::unique_ptr<Communicator> alone_ = make_single_communicator();
  RankContext context_{*alone_, stop_, log_, [](const ProgressEvent&) {},
                       [](const std::filesystem::path&, double) {}};
};

TEST_F(CheckTraining, AGoodConfigPassesAndLeavesNoTrace) {
  const Findings all = findings({"run.dir=" + (directory_ / "run").string()});
  EXPECT_THAT(complaints(all), IsEmpty());
  EXPECT_EQ(all.size(), 13u);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "run"));
}

TEST_F(CheckTraining, GivesTheSameEachTime) {
  const Findings first = findings(), second = findings();
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].why, second[i].why);
}

TEST_F(CheckTraining, ARateOfAHundredFails) {
  const Findings all = findings({"optimizer.lr=100"});
  EXPECT_THAT(complaints(all), ElementsAre("rate FAIL"));
  EXPECT_EQ(exit_code_of(all), ExitCode::usage);
}

TEST_F(CheckTraining, ARateOfNearlyNothingIsWarnedOf) {
  EXPECT_THAT(complaints(findings({"optimizer.lr=1e-8"})), ElementsAre("rate WARN"));
}

TEST_F(CheckTraining, PixelsThatAreNotNormalisedFail) {
  const std::vector<std::string> found = complaints(findings({"data.normalise=none"}));
  EXPECT_THAT(found, Contains("normalisation FAIL"));
  EXPECT_THAT(found, Contains(HasSubstr("first loss")));
}

TEST_F(CheckTraining, AugmentationThatBlanksImagesFails) {
  const auto verdict = [&](const Words& overrides) {
    return finding_of(findings(overrides), "augmentation").verdict;
  };
  EXPECT_EQ(verdict({"data.augment.preset=light"}), Verdict::pass);
  for (const char* fill : {"mean", "noise"}) {
    EXPECT_EQ(verdict({"data.image_size=128", "data.augment.erase=1",
                       "data.augment.erase_area_min=0.96", "data.augment.erase_area_max=0.97",
                       "data.augment.erase_aspect_min=1", "data.augment.erase_aspect_max=1",
                       std::string("data.augment.erase_fill=") + fill}),
              Verdict::fail)
        << fill;
  }
}

TEST_F(CheckTraining, ABatchThatCannotBeLearnedByHeartFails) {
  EXPECT_THAT(complaints(findings({"fine_tune.freeze=['fc.*','hidden1.*','hidden2.weight']",
                                   "model.dropout=0.9", "optimizer.lr=1e-6"})),
              Contains(HasSubstr("one batch")));
}

TEST_F(CheckTraining, WhatCannotBeginIsAFailure) {
  const Findings none = findings({"data.pack=/nowhere"});
  EXPECT_THAT(complaints(none), ElementsAre("pack FAIL"));
  EXPECT_THAT(none[0].why, HasSubstr("no pack at '/nowhere', so"));
  EXPECT_THAT(none[0].remedy, HasSubstr("lockstep pack SOURCE --out /nowhere"));
  EXPECT_EQ(exit_code_of(none), ExitCode::data);
  const Findings frozen = findings({"train.batch=100000", "data.train=[train, train]"});
  EXPECT_THAT(complaints(frozen), ElementsAre("training begins FAIL"));
  EXPECT_EQ(exit_code_of(frozen), ExitCode::usage);
}

class Gradients : public CheckTraining {
 protected:
  /// What is complained of where the parameter `name` is `value` everywhere.
  std::vector<std::string> complaints_with(const std::string& name, double value) {
    Trial trial(config({"train.lanes=1"}), context_);
    trial.begin();
    FlatModel& model = trial.model();
    for (const FlatEntry& entry : model.parameter_layout().entries) {
      if (entry.name == name) view_of(model.parameters(), entry).detach().fill_(value);
    }
    return complaints(check_gradients(look_at_gradients(trial, 4)));
  }
};

TEST_F(Gradients, FlowEverywhere) { EXPECT_THAT(complaints_with("none", 0), IsEmpty()); }

TEST_F(Gradients, EndAtALayerThatIsZero) {
  EXPECT_THAT(complaints_with("fc.weight", 0), ElementsAre("gradients FAIL", "dead units FAIL"));
}

TEST_F(Gradients, ShowUnitsThatAHugeNegativeBiasHasKilled) {
  EXPECT_THAT(complaints_with("hidden2.bias", -1e6), Contains("dead units FAIL"));
}

TEST_F(Gradients, ShowWhatIsNotFinite) {
  EXPECT_THAT(complaints_with("hidden1.weight", std::numeric_limits<double>::infinity()),
              Contains("gradients FAIL"));
}

TEST_F(Gradients, LeaveTheModelAsItIs) {
  Trial trial(config({"train.lanes=1", "model.name=simple_cnn", "model.widths=[4,4]"}), context_);
  trial.begin();
  const at::Tensor parameters = trial.model().parameters().clone();
  const at::Tensor buffers = trial.model().buffers().clone();
  look_at_gradients(trial, 2);
  EXPECT_TRUE(trial.model().parameters().equal(parameters));
  EXPECT_TRUE(trial.model().buffers().equal(buffers));
  EXPECT_TRUE(std::isfinite(trial.step({.rate = 0.1}).sums.loss));
  EXPECT_FALSE(trial.model().parameters().equal(parameters));
}

}  // namespace
}  // namespace lockstep
