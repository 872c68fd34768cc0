#include "trainer/task/task_spec.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "core/error.h"

namespace lockstep {

std::string_view output_noun(TaskKind kind) {
  switch (kind) {
    case TaskKind::classification:
      return "classes";
    case TaskKind::multi_label:
      return "labels";
    case TaskKind::regression:
      return "targets";
  }
  assert(false);
  return "outputs";
}

std::span<const LossKind> losses_of(TaskKind kind) {
  static constexpr LossKind kOfClasses[] = {LossKind::cross_entropy, LossKind::bce,
                                            LossKind::focal};
  static constexpr LossKind kOfLabels[] = {LossKind::bce, LossKind::focal};
  static constexpr LossKind kOfNumbers[] = {LossKind::mse, LossKind::l1, LossKind::huber};
  switch (kind) {
    case TaskKind::classification:
      return kOfClasses;
    case TaskKind::multi_label:
      return kOfLabels;
    case TaskKind::regression:
      return kOfNumbers;
  }
  assert(false);
  return {};
}

namespace {

void to_json(nlohmann::json& json, const LossSpec& loss) {
  if (loss.kind) json["name"] = name_of(*loss.kind);
  json["label_smoothing"] = loss.label_smoothing;
  json["focal_gamma"] = loss.focal_gamma;
  json["huber_delta"] = loss.huber_delta;
  json["positive_weights"] = loss.positive_weights;
}

LossSpec read_loss(const JsonFields<nlohmann::json>& fields, TaskKind task) {
  constexpr double kMost = 1e18;  // samples without a label for one with it
  LossSpec loss;
  if (fields.has("name")) {
    loss.kind = parse_name<LossKind>(fields.text("name"), "loss", ExitCode::storage);
    check(std::ranges::find(losses_of(task), *loss.kind) != losses_of(task).end(),
          ExitCode::storage, "the model's task is {}, and its loss {}", name_of(task),
          name_of(*loss.kind));
  }
  loss.label_smoothing = fields.number("label_smoothing", {0, 1});
  loss.focal_gamma = fields.number("focal_gamma", {0, kMost});
  loss.huber_delta = fields.number("huber_delta", {0, kMostDelta});
  loss.positive_weights = fields.numbers("positive_weights", {0, kMost});
  return loss;
}

}  // namespace

void to_json(nlohmann::json& json, const TaskSpec& spec) {
  json = {{"name", name_of(spec.kind)}, {"outputs", spec.names}};
  if (spec.kind == TaskKind::regression) {
    json["target_mean"] = spec.target_mean;
    json["target_std"] = spec.target_std;
  }
  if (spec.loss != LossSpec{}) to_json(json["loss"], spec.loss);
  if (!spec.thresholds.empty()) json["thresholds"] = spec.thresholds;
}

TaskSpec read_task_spec(const JsonFields<nlohmann::json>& fields) {
  TaskSpec spec;
  spec.kind = parse_name<TaskKind>(fields.text("name"), "task", ExitCode::storage);
  spec.names = fields.texts("outputs");
  check(!spec.names.empty(), ExitCode::storage, "the model's task has no outputs");
  if (fields.has("loss")) spec.loss = read_loss(fields.object("loss"), spec.kind);
  if (fields.has("thresholds")) spec.thresholds = fields.numbers("thresholds", {0, 1});
  for (const auto* of_each : {&spec.loss.positive_weights, &spec.thresholds}) {
    check(of_each->empty() || of_each->size() == spec.names.size(), ExitCode::storage,
          "the model's task has {} outputs, but {} thresholds or positive weights",
          spec.names.size(), of_each->size());
  }
  if (spec.kind != TaskKind::regression) return spec;
  constexpr double kMost = std::numeric_limits<float>::max();  // targets are stored as float
  spec.target_mean = fields.numbers("target_mean", {-kMost, kMost});
  spec.target_std = fields.numbers("target_std", {std::numeric_limits<double>::min(), kMost});
  check(spec.target_mean.size() == spec.names.size() && spec.target_std.size() == spec.names.size(),
        ExitCode::storage, "the model's task has {} outputs, but not a mean and a std for each",
        spec.names.size());
  return spec;
}

}  // namespace lockstep
