#include "trainer/best_metric.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <string_view>

#include <fmt/ranges.h>

#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::string_view kOfTraining = "train/";
constexpr std::string_view kOfModel = "valid/";
constexpr std::string_view kOfAverage = "valid_ema/";

std::string full_name(std::string_view prefix, std::string_view metric) {
  return std::string(prefix).append(metric);
}

/// Adds those of the task and the loss, behind the prefix.
void add_names(std::string_view prefix, const Task& task, std::vector<std::string>& names) {
  std::vector<Metric> metrics = task.metrics();
  metrics.push_back(loss_metric());
  if (prefix != kOfTraining) std::ranges::move(task.ranking_metrics(), std::back_inserter(metrics));
  for (const Metric& metric : metrics) names.push_back(full_name(prefix, metric.name));
}

}  // namespace

std::string resolve_best_metric(const std::string& wanted, const Task& task, bool has_average) {
  const std::string automatic = full_name(has_average ? kOfAverage : kOfModel, task.main_metric());
  if (wanted == "auto") return automatic;
  std::vector<std::string> known;
  add_names(kOfModel, task, known);
  if (has_average) add_names(kOfAverage, task, known);
  check(std::ranges::find(known, wanted) != known.end(), ExitCode::usage,
        "checkpoint.best is '{}', which is not a metric of this task ({}){}: set "
        "checkpoint.best=auto ({}), or one of {}",
        wanted, name_of(task.spec().kind),
        wanted.starts_with(kOfAverage) && !has_average
            ? " without an average (ema.decay, average.last)"
            : "",
        automatic, fmt::join(known, ", "));
  return wanted;
}

std::vector<std::string> epoch_metric_names(const Task& task, const MeasuredSplits& splits) {
  std::vector<std::string> names;
  add_names(kOfTraining, task, names);
  if (splits.train_eval) add_names("train_eval/", task, names);
  if (splits.valid) add_names(kOfModel, task, names);
  if (splits.valid && splits.average) add_names(kOfAverage, task, names);
  return names;
}

const MetricValue& best_metric(const EpochReport& report, const std::string& name) {
  const bool of_average = name.starts_with(kOfAverage);
  const std::optional<SplitMetrics>& split = of_average ? report.valid_ema : report.valid;
  assert(split.has_value());
  const std::string_view metric =
      std::string_view(name).substr((of_average ? kOfAverage : kOfModel).size());
  const MetricValue* found = find_metric(split->metrics, metric);
  assert(found != nullptr);
  return *found;
}

}  // namespace lockstep
