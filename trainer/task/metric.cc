#include "trainer/task/metric.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include <fmt/format.h>

#include "analysis/figure_text.h"

namespace lockstep {

std::string Metric::text_of(double value) const {
  switch (format) {
    case Format::number:
      return std::isnan(value) ? "undefined" : fmt::format("{:.4g}", value);
    case Format::percent:
      return percent_text(value);
  }
  assert(false);
  return {};
}

const Metric& loss_metric() {
  static const Metric loss{"loss", "loss", Metric::Better::lower, Metric::Format::number};
  return loss;
}

const MetricValue* find_metric(const std::vector<MetricValue>& values, std::string_view name) {
  const auto found = std::ranges::find(
      values, name, [](const MetricValue& value) { return std::string_view(value.metric.name); });
  return found == values.end() ? nullptr : &*found;
}

std::string to_text(const std::vector<MetricValue>& values) {
  std::string text;
  for (const MetricValue& value : values) {
    if (!text.empty()) text += ", ";
    text += value.metric.title + " " + value.metric.text_of(value.value);
  }
  return text;
}

}  // namespace lockstep
