#include "launcher/evaluation/evaluation_report.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "analysis/flags.h"

namespace lockstep {
namespace {

constexpr std::size_t kRanges = 10;

std::vector<Breakdown> break_down(const TaskSpec& task, const ScoredSamples& samples,
                                  const MeasureOptions& options,
                                  std::span<const SampleColumn> columns) {
  std::vector<Breakdown> breakdowns;
  for (const SampleColumn& column : columns) {
    std::vector<std::vector<std::size_t>> members(column.groups.size());
    for (std::size_t i = 0; i < samples.size(); ++i) members[column.of_sample[i]].push_back(i);
    Breakdown& breakdown = breakdowns.emplace_back(Breakdown{column.name, {}});
    for (std::size_t group = 0; group < members.size(); ++group) {
      if (members[group].empty()) continue;
      const ScoredSamples part = samples.chosen(members[group]);
      const auto figures = figures_of(task.kind, part, options.decisions, Breadth::brief);
      breakdown.groups.push_back(
          {column.groups[group], part.size(), measure(*figures, part.size(), options.bootstrap)});
    }
  }
  return breakdowns;
}

void add_classes(EvaluationReport& report, const ScoredSamples& samples,
                 const Decisions& decisions) {
  std::vector<std::int64_t> predicted;
  std::vector<double> stated;
  Flags right(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto logits = samples.outputs_of(i);
    predicted.push_back(decisions.class_of(logits));
    stated.push_back(class_probabilities(logits)[static_cast<std::size_t>(predicted[i])]);
    right[i] = predicted[i] == samples.labels[i];
  }
  report.found = found_classes(samples.labels, predicted, samples.width, {});
  report.confusion = confusion_of(samples.labels, predicted, samples.width);
  report.calibration = StatedEvents(stated, right, 1).calibration({});
  report.temperature = best_temperature(samples.outputs, samples.labels, samples.width);
}

void add_labels(EvaluationReport& report, const ScoredSamples& samples,
                const Decisions& decisions) {
  report.found.resize(samples.width);
  std::vector<double> stated;
  Flags actual(samples.outputs.size());
  for (std::size_t at = 0; at < samples.outputs.size(); ++at) {
    Found& label = report.found[at % samples.width];
    const bool predicted = decisions.has_label(samples.outputs[at], at % samples.width);
    actual[at] = samples.targets[at] > 0.5f;
    stated.push_back(label_probability(samples.outputs[at]));
    if (predicted) ++label.predicted;
    if (actual[at]) ++label.support;
    if (predicted && actual[at]) ++label.right;
  }
  report.calibration = StatedEvents(stated, actual, samples.width).calibration({});
  report.temperature = best_temperature(samples.outputs, actual);
}

void add_ranges(EvaluationReport& report, const ScoredSamples& samples) {
  for (std::size_t k = 0; k < samples.width; ++k) {
    std::vector<double> truths, predictions;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      truths.push_back(samples.targets_of(i)[k]);
      predictions.push_back(samples.outputs_of(i)[k]);
    }
    report.ranges.push_back(errors_by_range(truths, predictions, kRanges));
  }
}

}  // namespace

SampleColumn make_column(std::string name, std::span<const std::string> values) {
  SampleColumn column{std::move(name), {values.begin(), values.end()}, {}};
  std::ranges::sort(column.groups);
  column.groups.erase(std::ranges::unique(column.groups).begin(), column.groups.end());
  for (const std::string& value : values) {
    const auto group = std::ranges::lower_bound(column.groups, value) - column.groups.begin();
    column.of_sample.push_back(static_cast<std::size_t>(group));
  }
  return column;
}

std::unique_ptr<Figures> figures_of(TaskKind kind, const ScoredSamples& samples,
                                    const Decisions& decisions, Breadth breadth) {
  switch (kind) {
    case TaskKind::classification:
      return class_figures(samples, decisions, breadth);
    case TaskKind::multi_label:
      return label_figures(samples, decisions, breadth);
    case TaskKind::regression:
      return number_figures(samples, breadth);
  }
  assert(false);
  return nullptr;
}

EvaluationReport make_report(const TaskSpec& task, const ScoredSamples& samples,
                             const MeasureOptions& options, std::span<const SampleColumn> columns) {
  EvaluationReport report{.task = task, .bootstrap = options.bootstrap};
  const auto figures = figures_of(task.kind, samples, options.decisions, Breadth::full);
  report.figures = measure(*figures, samples.size(), options.bootstrap);
  switch (task.kind) {
    case TaskKind::classification:
      add_classes(report, samples, options.decisions);
      break;
    case TaskKind::multi_label:
      add_labels(report, samples, options.decisions);
      break;
    case TaskKind::regression:
      add_ranges(report, samples);
      break;
  }
  report.breakdowns = break_down(task, samples, options, columns);
  return report;
}

Metric metric_of_figure(const std::string& name) {
  using enum Metric::Better;
  using enum Metric::Format;
  static const std::vector<Metric> known = {
      loss_metric(),
      {"accuracy", "accuracy", higher, percent},
      {"top5_accuracy", "top-5 accuracy", higher, percent},
      {"balanced_accuracy", "balanced accuracy", higher, percent},
      {"f1", "F1 (micro)", higher, percent},
      {"f1_macro", "F1 (macro)", higher, percent},
      {"exact_match", "exact match", higher, percent},
      {"map", "mean average precision", higher, percent},
      {"auroc", "area under ROC", higher, percent},
      {"average_precision", "average precision", higher, percent},
      {"calibration_error", "calibration error", lower, percent},
      {"mae", "mean absolute error", lower, number},
      {"rmse", "root mean square error", lower, number},
      {"r2", "R2", higher, number}};
  const auto found = std::ranges::find(known, name, &Metric::name);
  return found == known.end() ? Metric{name, name, higher, number} : *found;
}

}  // namespace lockstep
