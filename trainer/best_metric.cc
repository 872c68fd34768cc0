#include "trainer/best_metric.h"

#include <algorithm>
#include <cassert>
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

}  // namespace

std::string resolve_best_metric(const std::string& wanted, const Task& task, bool has_average) {
  const std::string automatic = full_name(has_average ? kOfAverage : kOfModel, task.main_metric());
  if (wanted == "auto") return automatic;
  std::vector<Metric> metrics = task.metrics();
  metrics.push_back(loss_metric());
  std::vector<std::string> known;
  for (const Metric& metric : metrics) known.push_back(full_name(kOfModel, metric.name));
  for (const Metric& metric : metrics) {
    if (has_average) known.push_back(full_name(kOfAverage, metric.name));
  }
  check(std::ranges::find(known, wanted) != known.end(), ExitCode::usage,
        "checkpoint.best is '{}', which is not a metric of this task ({}){}: set "
        "checkpoint.best=auto ({}), or one of {}",
        wanted, name_of(task.spec().kind),
        wanted.starts_with(kOfAverage) && !has_average ? " without ema.decay" : "", automatic,
        fmt::join(known, ", "));
  return wanted;
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
