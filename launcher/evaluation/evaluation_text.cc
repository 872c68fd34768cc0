#include "launcher/evaluation/evaluation_text.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "analysis/figure_text.h"
#include "core/printable.h"

namespace lockstep {
namespace {

constexpr std::size_t kShown = 5;

std::string percent(double value) { return std::isnan(value) ? "-" : percent_text(value); }

std::string row(std::string_view name, const std::vector<std::string>& cells) {
  std::string text = fmt::format("  {:<22}", printable(name));
  for (const std::string& cell : cells) text += fmt::format("  {:>10}", cell);
  return text + "\n";
}

std::string heading(std::string_view name, const std::vector<std::string>& cells) {
  std::string text = fmt::format("{:<24}", printable(name));
  for (const std::string& cell : cells) text += fmt::format("  {:>10}", cell);
  return text + "\n";
}

/// Those with the smallest F1; an undefined one is none.
std::string worst_outputs(const EvaluationReport& report) {
  if (report.found.empty()) return {};
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < report.found.size(); ++k) {
    if (!std::isnan(report.found[k].f1())) order.push_back(k);
  }
  std::ranges::stable_sort(order, std::less(), [&](std::size_t k) { return report.found[k].f1(); });
  const bool all = order.size() <= kShown;
  if (!all) order.resize(kShown);
  const std::string_view noun = output_noun(report.task.kind);
  std::string text = heading(fmt::format("{}{}", all ? "" : "worst ", noun),
                             {"precision", "recall", "F1", "images"});
  for (const std::size_t k : order) {
    const Found& found = report.found[k];
    text += row(report.task.names[k], {percent(found.precision()), percent(found.recall()),
                                       percent(found.f1()), fmt::format("{}", found.support)});
  }
  return text;
}

std::string confused_pairs(const EvaluationReport& report) {
  if (!report.confusion) return {};
  std::string text;
  for (const ConfusedPair& pair : most_confused(*report.confusion, kShown)) {
    if (text.empty()) text = heading("most confused", {"images"});
    text += row(
        fmt::format("{} as {}", report.task.names[pair.truth], report.task.names[pair.prediction]),
        {fmt::format("{}", pair.count)});
  }
  return text;
}

std::string temperature_line(const EvaluationReport& report) {
  if (!report.temperature) return {};
  const Temperature& best = *report.temperature;
  return eval_line("best temperature", fmt::format("{:.4g} (log loss {:.4g} instead of {:.4g})",
                                                   best.value, best.loss_after, best.loss_before));
}

std::string errors_by_range_text(const EvaluationReport& report) {
  std::string text;
  for (std::size_t k = 0; k < report.ranges.size(); ++k) {
    text += heading(fmt::format("by {}", report.task.names[k]),
                    {"images", "mean error", "root mean", "bias"});
    for (const RangeErrors& range : report.ranges[k]) {
      text +=
          row(fmt::format("{:.4g} to {:.4g}", range.low, range.high),
              {fmt::format("{}", range.count), fmt::format("{:.4g}", range.errors.mean_absolute),
               fmt::format("{:.4g}", range.errors.root_mean_square),
               fmt::format("{:.4g}", range.errors.bias)});
    }
  }
  return text;
}

/// The loss and the first figure after it, with where it lies.
std::string breakdown_text(const Breakdown& breakdown, const BootstrapOptions& bootstrap) {
  if (breakdown.groups.empty()) return {};
  const MeasuredFigure& main = breakdown.groups[0].figures.all[1];
  std::string text =
      heading("by " + breakdown.column, {"images", "loss", metric_of_figure(main.name).title});
  for (const GroupFigures& group : breakdown.groups) {
    const MeasuredFigure& figure = group.figures.all[1];
    text += row(group.name,
                {fmt::format("{}", group.count), fmt::format("{:.4g}", group.figures.all[0].value),
                 figure_text(metric_of_figure(figure.name), figure.value, &figure, bootstrap)});
  }
  return text;
}

}  // namespace

std::string eval_line(std::string_view name, std::string_view text) {
  return fmt::format("{:<24}  {}\n", name, printable(text));
}

std::string figure_text(const Metric& metric, double value, const MeasuredFigure* measured,
                        const BootstrapOptions& bootstrap) {
  std::string text = metric.text_of(value);
  if (measured == nullptr || bootstrap.resamples == 0 || std::isnan(measured->interval.low)) {
    return text;
  }
  return fmt::format("{}  ({} to {})", text, metric.text_of(measured->interval.low),
                     metric.text_of(measured->interval.high));
}

std::string report_text(const EvaluationReport& report, const std::vector<MetricValue>& told) {
  std::string text;
  for (const MeasuredFigure& figure : report.figures.all) {
    if (find_metric(told, figure.name) != nullptr) continue;
    const Metric metric = metric_of_figure(figure.name);
    text += eval_line(metric.title, figure_text(metric, figure.value, &figure, report.bootstrap));
  }
  text += temperature_line(report);
  for (const std::string& part :
       {worst_outputs(report), confused_pairs(report), errors_by_range_text(report)}) {
    text += part;
  }
  for (const Breakdown& breakdown : report.breakdowns) {
    text += breakdown_text(breakdown, report.bootstrap);
  }
  return text;
}

}  // namespace lockstep
