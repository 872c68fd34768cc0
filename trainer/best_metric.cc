#include "trainer/best_metric.h"

#include <algorithm>
#include <cassert>
#include <string_view>

#include <fmt/ranges.h>

#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::string_view kPrefix = "valid/";

std::string full_name(const Metric& metric) { return std::string(kPrefix) + metric.name; }

}  // namespace

std::string resolve_best_metric(const std::string& wanted, const Task& task) {
  const std::string automatic = std::string(kPrefix) + task.main_metric();
  if (wanted == "auto") return automatic;
  std::vector<Metric> metrics = task.metrics();
  metrics.push_back(loss_metric());
  std::vector<std::string> known;
  for (const Metric& metric : metrics) known.push_back(full_name(metric));
  check(
      std::ranges::find(known, wanted) != known.end(), ExitCode::usage,
      "checkpoint.best is '{}', which is not a metric of this task ({}): set checkpoint.best=auto "
      "({}), or one of {}",
      wanted, name_of(task.spec().kind), automatic, fmt::join(known, ", "));
  return wanted;
}

const MetricValue& best_metric(const std::vector<MetricValue>& valid, const std::string& name) {
  const MetricValue* found = find_metric(valid, std::string_view(name).substr(kPrefix.size()));
  assert(found != nullptr);
  return *found;
}

}  // namespace lockstep
