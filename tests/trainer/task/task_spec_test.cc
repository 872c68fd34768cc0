#include "trainer/task/task_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

TaskSpec read(const nlohmann::json& json) {
  return read_task_spec(JsonFields<nlohmann::json>(json, ExitCode::storage));
}

TaskSpec example(TaskKind kind) {
  TaskSpec spec{.kind = kind, .names = {"a", "b"}, .target_mean = {}, .target_std = {}};
  if (kind == TaskKind::regression) {
    spec.target_mean = {1.0 / 3, 2};
    spec.target_std = {0.1, 1};
  }
  return spec;
}

TEST(TaskSpec, OfEveryKindComesBackFromACheckpointAndMakesItsTask) {
  for (const auto& [kind, name] : enum_names(TaskKind{})) {
    const TaskSpec spec = example(kind);
    EXPECT_EQ(read(nlohmann::json::parse(nlohmann::json(spec).dump())), spec) << name;
    const auto task = make_task(spec);
    EXPECT_EQ(task->outputs(), 2) << name;
    EXPECT_FALSE(task->metrics().empty()) << name;
  }
}

TEST(TaskSpec, WithAChosenLossComesBackAndOnlyThenSaysSo) {
  TaskSpec spec = example(TaskKind::multi_label);
  EXPECT_FALSE(nlohmann::json(spec).contains("loss"));
  spec.loss = {.kind = LossKind::bce, .label_smoothing = 0.1, .positive_weights = {2, 0.5}};
  spec.thresholds = {0.3, 0.7};
  EXPECT_EQ(read(nlohmann::json::parse(nlohmann::json(spec).dump())), spec);
  spec.thresholds = {0.3};
  EXPECT_THROW(read(nlohmann::json(spec)), Error);
  spec.thresholds.clear();
  spec.loss = {.kind = LossKind::huber};
  EXPECT_THROW(read(nlohmann::json(spec)), Error);
}

TEST(TaskSpec, WhatContradictsItselfIsRefused) {
  const auto refuse = [](const char* key, const nlohmann::json& value) {
    nlohmann::json json = example(TaskKind::regression);
    json[key] = value;
    try {
      read(json);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::storage);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(refuse("name", "guessing"), testing::HasSubstr("unknown task 'guessing'"));
  EXPECT_THAT(refuse("outputs", nlohmann::json::array()), testing::HasSubstr("no outputs"));
  EXPECT_THAT(refuse("target_std", {0.1}), testing::HasSubstr("a mean and a std for each"));
  EXPECT_THAT(refuse("target_std", {0.1, 0.0}), testing::HasSubstr("'target_std[1]' is 0.0, not"));
}

}  // namespace
}  // namespace lockstep
