#include "launcher/setup/task_setup.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/ranges.h>

#include "core/error.h"

namespace lockstep {
namespace {

/// Calls visit(id, output, target) for each target of each sample, in the order of ids.
void visit_targets(const Dataset& train, std::size_t width,
                   const std::function<void(std::uint64_t, std::size_t, double)>& visit) {
  train.visit_labels([&](std::uint64_t id, const SampleLabel& label) {
    for (std::size_t i = 0; i < width; ++i) visit(id, i, double{label.targets[i]});
  });
}

/// In the order of ids and in double, so that every rank gets the same bits. A target that never
/// varies has a std of 1, so that dividing by it is harmless.
void add_target_statistics(const Dataset& train, TaskSpec& spec) {
  const std::size_t width = spec.names.size();
  std::vector<double> sums(width), squares(width);
  visit_targets(train, width, [&](std::uint64_t id, std::size_t i, double value) {
    check(std::isfinite(value), ExitCode::data, "target '{}' of {} is {}, not a number",
          spec.names[i], train.describe(id), value);
    sums[i] += value;
  });
  const double count = static_cast<double>(train.size());
  for (const double sum : sums) spec.target_mean.push_back(sum / count);
  visit_targets(train, width, [&](std::uint64_t, std::size_t i, double value) {
    squares[i] += (value - spec.target_mean[i]) * (value - spec.target_mean[i]);
  });
  for (const double square : squares) {
    spec.target_std.push_back(square > 0 ? std::sqrt(square / count) : 1);
  }
}

void check_flags(const Dataset& train, const TaskSpec& spec) {
  visit_targets(train, spec.names.size(), [&](std::uint64_t id, std::size_t i, double value) {
    check(value == 0 || value == 1, ExitCode::usage,
          "task.name is multi_label, and '{}' of {} is {}: flags are 0 or 1. Leave task.name away "
          "to learn the numbers",
          spec.names[i], train.describe(id), value);
  });
}

/// How much rarer each label is than its absence; 1 where all samples are alike.
std::vector<double> balanced_weights(const Dataset& train, std::size_t width) {
  std::vector<double> positives(width);
  visit_targets(train, width, [&](std::uint64_t, std::size_t i, double value) {
    positives[i] += value > 0.5 ? 1 : 0;
  });
  const double count = static_cast<double>(train.size());
  for (double& positive : positives) {
    positive = positive > 0 && positive < count ? (count - positive) / positive : 1;
  }
  return positives;
}

/// What one number of `given` is for each output.
std::vector<double> of_outputs(const std::vector<float>& given, std::size_t outputs) {
  check(given.size() <= 1 || given.size() == outputs, ExitCode::usage,
        "task.threshold has {} numbers: give one, or one for each of the {} labels", given.size(),
        outputs);
  if (given.size() == 1) return std::vector<double>(outputs, given[0]);
  return {given.begin(), given.end()};
}

void check_options(const TaskOptions& options, const TaskSpec& spec) {
  const std::string_view task = name_of(spec.kind);
  const auto losses = losses_of(spec.kind);
  std::vector<std::string_view> names;
  for (const LossKind kind : losses) names.push_back(name_of(kind));
  check(!options.loss || std::ranges::find(losses, *options.loss) != losses.end(), ExitCode::usage,
        "task.loss is {}, which is not for {}: use one of {}",
        name_of(options.loss.value_or(losses.front())), task, fmt::join(names, ", "));
  const LossKind loss = spec.loss_kind();
  check(options.label_smoothing == 0 || loss == LossKind::cross_entropy || loss == LossKind::bce,
        ExitCode::usage, "task.label_smoothing is {}, and the loss {} has none: remove it",
        options.label_smoothing, name_of(loss));
  const bool has_labels = spec.kind == TaskKind::multi_label;
  check(has_labels || options.threshold.empty(), ExitCode::usage,
        "task.threshold is for several labels, and the task is {}: remove it", task);
  check(options.positive_weights == PositiveWeights::none || (has_labels && loss == LossKind::bce),
        ExitCode::usage,
        "task.positive_weights is for several labels with the loss bce, and here {} has the loss "
        "{}: remove it{}",
        task, name_of(loss), spec.kind == TaskKind::classification ? ", or see data.balance" : "");
}

}  // namespace

bool can_be_learned_as(TaskKind task, TaskKind labels) {
  return task == labels || (task != TaskKind::classification && labels != TaskKind::classification);
}

TaskSpec task_of_training(const TaskOptions& options, TaskSpec labels, const Dataset& train) {
  const TaskKind usual = labels.kind, wanted = options.name.value_or(usual);
  check(can_be_learned_as(wanted, usual), ExitCode::usage,
        "task.name is {}, and the pack's labels are for {}: pack the images again (`lockstep pack "
        "--task {}`), or leave task.name away",
        name_of(wanted), name_of(usual), name_of(wanted));
  labels.kind = wanted;
  if (wanted == TaskKind::multi_label && wanted != usual) check_flags(train, labels);
  if (wanted == TaskKind::regression) add_target_statistics(train, labels);
  return task_of_continuation(options, std::move(labels), train);
}

TaskSpec task_of_continuation(const TaskOptions& options, TaskSpec spec, const Dataset& train) {
  check(options.name.value_or(spec.kind) == spec.kind, ExitCode::usage,
        "task.name is {}, and the run learns {}: a run keeps its task", name_of(*options.name),
        name_of(spec.kind));
  spec.loss = {.kind = options.loss,
               .label_smoothing = options.label_smoothing,
               .focal_gamma = options.focal_gamma,
               .huber_delta = options.huber_delta};
  check_options(options, spec);
  if (options.positive_weights == PositiveWeights::balanced) {
    spec.loss.positive_weights = balanced_weights(train, spec.names.size());
  }
  spec.thresholds = of_outputs(options.threshold, spec.names.size());
  return spec;
}

}  // namespace lockstep
