#include "trainer/fine_tune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/make_model.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::shared_ptr<ImageModel>& resnet() {
  static const std::shared_ptr<ImageModel> model =
      make_model({.name = "resnet18"}, {.channels = 3, .outputs = 2}, 1);
  return model;
}

std::vector<std::string> stages_in(const FineTuneOptions& options, int phase) {
  return trained_stages(*resnet(), trained_in(options, *resnet(), phase));
}

TEST(FineTune, WithoutOptionsAllIsTrained) {
  EXPECT_FALSE(trained_in({}, *resnet(), 0));
  EXPECT_EQ(stages_in({}, 0).size(), resnet()->stages().size());
  EXPECT_THAT(phase_begins({}, 5), ElementsAre(0));
}

TEST(FineTune, TheHeadThenAll) {
  const FineTuneOptions options{.head_epochs = 2};
  EXPECT_THAT(phase_begins(options, 5), ElementsAre(0, 2));
  EXPECT_THAT(stages_in(options, 0), ElementsAre("head"));
  EXPECT_EQ(stages_in(options, 1).size(), resnet()->stages().size());
}

TEST(FineTune, StageAfterStageFromTheHeadBack) {
  const FineTuneOptions options{.unfreeze = {1, 3}};
  const std::vector<std::int64_t> begins = phase_begins(options, 5);
  EXPECT_THAT(begins, ElementsAre(0, 1, 3));
  EXPECT_THAT(stages_in(options, 0), ElementsAre("head"));
  EXPECT_THAT(stages_in(options, 1), ElementsAre("layer4", "head"));
  EXPECT_THAT(stages_in(options, 2), ElementsAre("layer3", "layer4", "head"));
  EXPECT_EQ(phase_of(begins, 0), 0);
  EXPECT_EQ(phase_of(begins, 1), 1);
  EXPECT_EQ(phase_of(begins, 2), 1);
  EXPECT_EQ(phase_of(begins, 3), 2);
}

TEST(FineTune, StagesAndPatternsAreNeverTrained) {
  const FineTuneOptions options{.freeze = {"stem", "layer1.*", "*.bias"}, .head_epochs = 1};
  const IsTrained is_trained = trained_in(options, *resnet(), 1);
  EXPECT_FALSE(is_trained("conv1.weight"));
  EXPECT_FALSE(is_trained("layer1.1.conv2.weight"));
  EXPECT_FALSE(is_trained("layer2.0.bn1.bias"));
  EXPECT_TRUE(is_trained("layer2.0.bn1.weight"));
  EXPECT_FALSE(trained_in(options, *resnet(), 0)("fc.bias"));
}

TEST(FineTune, WhatMakesNoSenseIsRefused) {
  const auto refuse = [](const FineTuneOptions& options) {
    return message_of(ExitCode::usage, [&] {
      phase_begins(options, 5);
      trained_in(options, *resnet(), 0);
    });
  };
  EXPECT_THAT(refuse({.head_epochs = 1, .unfreeze = {2}}), HasSubstr("remove one of them"));
  EXPECT_THAT(refuse({.head_epochs = 5}), HasSubstr("raise train.epochs"));
  EXPECT_THAT(refuse({.unfreeze = {3, 2}}), HasSubstr("ascending order"));
  EXPECT_THAT(refuse({.freeze = {"layr1"}}), HasSubstr("did you mean 'layer1'"));
  EXPECT_THAT(refuse({.freeze = {"*"}}), HasSubstr("nothing to train"));
}

TEST(FineTune, FrozenModulesStayInEvaluation) {
  const auto model = make_model({.name = "resnet18"}, {.channels = 3, .outputs = 2}, 1);
  const IsTrained is_trained = trained_in({.freeze = {"layer1", "*.bias"}}, *model, 0);
  model->keep_evaluating([&](const std::string& name) { return !is_trained(name); });
  model->eval();
  model->train();
  EXPECT_FALSE(model->named_modules().find("layer1.0.bn1")->get()->is_training());
  EXPECT_TRUE(model->named_modules().find("layer2.0.bn1")->get()->is_training())
      << "its weight is trained";
  EXPECT_TRUE(model->is_training());
}

}  // namespace
}  // namespace lockstep
