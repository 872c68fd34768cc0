#include "launcher/evaluation/comparison_report.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "analysis/figure_text.h"
#include "analysis/flags.h"
#include "core/csv.h"
#include "launcher/evaluation/answer_text.h"
#include "launcher/evaluation/evaluation_json.h"
#include "launcher/evaluation/evaluation_text.h"

namespace lockstep {
namespace {

/// The mean over numbers of what they are off.
double mean_error(const ScoredSamples& samples, std::size_t i) {
  double sum = 0;
  for (std::size_t k = 0; k < samples.width; ++k) {
    sum += std::abs(double{samples.outputs_of(i)[k]} - double{samples.targets_of(i)[k]});
  }
  return sum / static_cast<double>(samples.width);
}

std::string change_of(const TaskSpec& task, const ComparedSamples& samples, std::size_t i) {
  if (task.kind == TaskKind::regression) {
    return fmt::format("{:+.6g}", mean_error(samples.second, i) - mean_error(samples.first, i));
  }
  const bool first = is_right(samples.first, i, samples.decisions);
  const bool second = is_right(samples.second, i, samples.decisions);
  if (first == second) return "other";  // both are wrong, in different ways
  return second ? "fixed" : "broken";
}

/// Of each sample that changed: number, source, change, truth, first, second.
std::vector<std::string> changed_row(const TaskSpec& task, const ComparedSamples& samples,
                                     std::size_t i) {
  return {std::to_string(samples.first.numbers[i]),
          samples.first.sources.empty() ? std::string() : samples.first.sources[i],
          change_of(task, samples, i),
          truth_of(task, samples.first, i),
          said_of(task, samples.first, i, samples.decisions),
          said_of(task, samples.second, i, samples.decisions)};
}

constexpr const char* kColumns[] = {"number", "source", "change", "truth", "first", "second"};

}  // namespace

ComparisonReport compare(const std::string& name, const TaskSpec& task, const ScoredSamples& first,
                         const ScoredSamples& second, const MeasureOptions& options) {
  const auto of_first = figures_of(task.kind, first, options.decisions, Breadth::full);
  const auto of_second = figures_of(task.kind, second, options.decisions, Breadth::full);
  ComparisonReport report{
      .name = name,
      .second = measure(*of_second, second.size(), options.bootstrap),
      .difference = measure_difference(*of_first, *of_second, first.size(), options.bootstrap),
      .outcome = std::nullopt,
      .changed = {}};
  if (task.kind == TaskKind::regression) {
    std::vector<double> changes;
    for (std::size_t i = 0; i < first.size(); ++i) {
      report.changed.push_back(i);
      changes.push_back(-std::abs(mean_error(second, i) - mean_error(first, i)));
    }
    std::ranges::stable_sort(report.changed, std::less(),
                             [&](std::size_t i) { return changes[i]; });
    return report;
  }
  Flags first_right(first.size()), second_right(first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    first_right[i] = is_right(first, i, options.decisions);
    second_right[i] = is_right(second, i, options.decisions);
    if (said_of(task, first, i, options.decisions) != said_of(task, second, i, options.decisions)) {
      report.changed.push_back(i);
    }
  }
  report.outcome = compare_outcomes(first_right, second_right);
  return report;
}

nlohmann::json comparison_json(const ComparisonReport& report, const TaskSpec& task,
                               const ComparedSamples& samples, const BootstrapOptions& bootstrap) {
  nlohmann::json json = {{"name", report.name}};
  add_figures(json, report.second.all, bootstrap);
  add_figures(json["difference"], report.difference.all, bootstrap);
  if (report.outcome) {
    json["mcnemar"] = {{"both_right", report.outcome->both},
                       {"first_only", report.outcome->first_only},
                       {"second_only", report.outcome->second_only},
                       {"both_wrong", report.outcome->neither},
                       {"p_value", report.outcome->p_value}};
  }
  nlohmann::json changed = nlohmann::json::array();
  for (const std::size_t i : report.changed) {
    const std::vector<std::string> row = changed_row(task, samples, i);
    nlohmann::json one;
    for (std::size_t c = 1; c < row.size(); ++c) one[kColumns[c]] = row[c];
    one[kColumns[0]] = samples.first.numbers[i];
    changed.push_back(std::move(one));
  }
  json["changed"] = std::move(changed);
  return json;
}

std::string comparison_text(const ComparisonReport& report, const TaskSpec& task,
                            const ComparedSamples& samples, const BootstrapOptions& bootstrap) {
  constexpr std::size_t kShown = 5;
  std::string text = eval_line("against", report.name);
  for (std::size_t i = 0; i < report.second.all.size(); ++i) {
    const MeasuredFigure& second = report.second.all[i];
    const MeasuredFigure& difference = report.difference.all[i];
    if (is_obvious(second.name, task.names.size())) continue;
    const Metric metric = metric_of_figure(second.name);
    text += eval_line("  " + metric.title,
                      fmt::format("{}, that is {}{}", metric.text_of(second.value),
                                  difference.value > 0 ? "+" : "",
                                  figure_text(metric, difference.value, &difference, bootstrap)));
  }
  if (report.outcome) {
    text += eval_line("  McNemar's test",
                      fmt::format("{} are right with the first alone, {} with the second alone: "
                                  "p = {:.3g}",
                                  report.outcome->first_only, report.outcome->second_only,
                                  report.outcome->p_value));
    text += eval_line("  changed", fmt::format("{} images", report.changed.size()));
  }
  for (std::size_t n = 0; n < std::min(kShown, report.changed.size()); ++n) {
    const std::vector<std::string> row = changed_row(task, samples, report.changed[n]);
    text += eval_line("    " + row[2],
                      fmt::format("{} ({}): {}, then {}", row[1], row[3], row[4], row[5]));
  }
  if (report.changed.size() > kShown) {
    text += eval_line("    ", fmt::format("and {} more, which --changed FILE.csv lists",
                                          report.changed.size() - kShown));
  }
  return text;
}

std::string comparison_table(const ComparisonReport& report, const TaskSpec& task,
                             const ComparedSamples& samples) {
  std::string table;
  append_csv_line(table, std::vector<std::string>(std::begin(kColumns), std::end(kColumns)));
  for (const std::size_t i : report.changed) append_csv_line(table, changed_row(task, samples, i));
  return table;
}

}  // namespace lockstep
