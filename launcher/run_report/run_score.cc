#include "launcher/run_report/run_score.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace lockstep {
namespace {

std::optional<double> finite_in(const MetricsTable& lines, std::size_t line,
                                const std::string& key) {
  const double value = lines.number(line, key);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<double> mean_of(const MetricsTable& lines, const std::string& key) {
  std::vector<double> values;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (const auto value = finite_in(lines, i, key)) values.push_back(*value);
  }
  const std::optional<Spread> spread = spread_of(values);
  return spread ? std::optional(spread->mean) : std::nullopt;
}

/// Of the first line whose loss is there and is no number.
std::optional<double> broken_step(const RunHistory& history) {
  std::optional<double> step;
  const auto look = [&](const MetricsTable& lines, const std::string& key) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (!lines.cell(i, key) || finite_in(lines, i, key)) continue;
      step = std::min(step.value_or(kMostMetricsSteps), lines.number(i, "step"));
      return;
    }
  };
  look(history.steps, "loss");
  look(history.epochs, "train/loss");
  look(history.epochs, "valid/loss");
  return step;
}

Trend trend_in(const MetricsTable& epochs, const std::string& key) {
  std::vector<double> values;
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    if (epochs.cell(i, key)) values.push_back(epochs.number(i, key));
  }
  return trend_of(values);
}

void look_at_epochs(const MetricsTable& epochs, RunScore& score) {
  const std::string key = score.split + "/" + score.metric.name;
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const std::optional<double> value = finite_in(epochs, i, key);
    if (!value || (score.best && !score.metric.is_better(*value, *score.best))) continue;
    score.best = value;
    score.best_epoch = finite_in(epochs, i, "epoch");
  }
  const auto last = [&](const std::string& name) {
    return finite_in(epochs, epochs.size() - 1, name);
  };
  const std::optional<double> evaluated = last("train_eval/" + score.metric.name);
  score.train_is_evaluated = evaluated.has_value();
  score.train = evaluated ? evaluated : last("train/" + score.metric.name);
  score.valid = last("valid/" + score.metric.name);
  score.train_loss = last("train/loss");
  score.valid_loss = last("valid/loss");
  score.valid_count = last("valid/count");
  score.train_trend = trend_in(epochs, "train/loss");
  score.valid_trend = trend_in(epochs, "valid/loss");
}

}  // namespace

Metric reported_metric(std::string_view name) {
  using enum Metric::Better;
  using enum Metric::Format;
  const Metric known[] = {loss_metric(),
                          {"accuracy", "accuracy", higher, percent},
                          {"f1", "F1 (micro)", higher, percent},
                          {"mae", "mean absolute error", lower, number}};
  const auto found = std::ranges::find(known, name, &Metric::name);
  return found != std::end(known) ? *found
                                  : Metric{std::string(name), std::string(name), lower, number};
}

RunScore score_of(const RunHistory& history) {
  const std::string main = main_metric(history);
  RunScore score{.metric = reported_metric(main.empty() ? "loss" : main), .split = "train"};
  if (history.epochs.column("valid/" + score.metric.name) != nullptr) score.split = "valid";
  if (!history.epochs.empty()) look_at_epochs(history.epochs, score);
  for (const MetricsTable* lines : {&history.epochs, &history.steps}) {
    if (lines->empty()) continue;
    const double epochs = lines->number(lines->size() - 1, "epoch"),
                 steps = lines->number(lines->size() - 1, "step");
    score.epochs = std::max(score.epochs.value_or(epochs), epochs);
    score.steps = std::max(score.steps.value_or(steps), steps);
  }
  score.images_per_second = mean_of(history.epochs, "images_per_second");
  if (!score.images_per_second)
    score.images_per_second = mean_of(history.steps, "images_per_second");
  score.broken_step = broken_step(history);
  return score;
}

std::optional<Spread> spread_of(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  Spread spread{.count = values.size(), .low = values.front(), .high = values.front()};
  for (const double value : values) {
    spread.mean += value / static_cast<double>(values.size());
    spread.low = std::min(spread.low, value);
    spread.high = std::max(spread.high, value);
  }
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  if (values.size() > 1) {
    spread.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  }
  return spread;
}

std::string text_of(const Spread& spread, const Metric& metric) {
  const std::string mean = metric.text_of(spread.mean);
  return spread.count > 1 ? fmt::format("{} ± {}", mean, metric.text_of(spread.deviation)) : mean;
}

}  // namespace lockstep
