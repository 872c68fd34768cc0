#include "trainer/best_metric.h"

#include <algorithm>
#include <cassert>
#include <initializer_list>
#include <string_view>

#include <fmt/ranges.h>

#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::string_view kOfModel = "valid/";
constexpr std::string_view kOfAverage = "valid_ema/";

std::string full_name(std::string_view prefix, std::string_view metric) {
  return std::string(prefix).append(metric);
}

/// Those of the task and the loss, behind each prefix.
std::vector<std::string> names_of(std::initializer_list<std::string_view> prefixes,
                                  const Task& task) {
  std::vector<Metric> metrics = task.metrics();
  metrics.push_back(loss_metric());
  std::vector<std::string> names;
  for (const std::string_view prefix : prefixes) {
    for (const Metric& metric : metrics) names.push_back(full_name(prefix, metric.name));
  }
  return names;
}

}  // namespace

std::string resolve_best_metric(const std::string& wanted, const Task& task, bool has_average) {
  const std::string automatic = full_name(has_average ? kOfAverage : kOfModel, task.main_metric());
  if (wanted == "auto") return automatic;
  std::vector<std::string> known = names_of({kOfModel}, task);
  if (has_average) known = names_of({kOfModel, kOfAverage}, task);
  check(std::ranges::find(known, wanted) != known.end(), ExitCode::usage,
        "checkpoint.best is '{}', which is not a metric of this task ({}){}: set "
        "checkpoint.best=auto ({}), or one of {}",
        wanted, name_of(task.spec().kind),
        wanted.starts_with(kOfAverage) && !has_average ? " without ema.decay" : "", automatic,
        fmt::join(known, ", "));
  return wanted;
}

std::vector<std::string> epoch_metric_names(const Task& task, bool has_valid, bool has_average) {
  constexpr std::string_view kOfTraining = "train/";
  if (!has_valid) return names_of({kOfTraining}, task);
  if (!has_average) return names_of({kOfTraining, kOfModel}, task);
  return names_of({kOfTraining, kOfModel, kOfAverage}, task);
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
