#include "launcher/run_report/run_score.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace lockstep {
namespace {

std::optional<double> finite_in(const nlohmann::json& line, const std::string& key) {
  const double value = number_in(line, key);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<double> mean_of(const std::vector<nlohmann::json>& lines, const std::string& key) {
  std::vector<double> values;
  for (const nlohmann::json& line : lines) {
    if (const auto value = finite_in(line, key)) values.push_back(*value);
  }
  const std::optional<Spread> spread = spread_of(values);
  return spread ? std::optional(spread->mean) : std::nullopt;
}

/// Of the first line whose loss is there and is no number.
std::optional<double> broken_step(const RunHistory& history) {
  std::optional<double> step;
  const auto look = [&](const std::vector<nlohmann::json>& lines, const std::string& key) {
    for (const nlohmann::json& line : lines) {
      if (!line.contains(key) || finite_in(line, key)) continue;
      step = std::min(step.value_or(number_in(line, "step")), number_in(line, "step"));
      return;
    }
  };
  look(history.steps, "loss");
  look(history.epochs, "train/loss");
  look(history.epochs, "valid/loss");
  return step;
}

void look_at_epochs(const std::vector<nlohmann::json>& epochs, RunScore& score) {
  const std::string key = score.split + "/" + score.metric.name;
  for (const nlohmann::json& line : epochs) {
    const std::optional<double> value = finite_in(line, key);
    if (!value || (score.best && !score.metric.is_better(*value, *score.best))) continue;
    score.best = value;
    score.best_epoch = finite_in(line, "epoch");
  }
  const nlohmann::json& last = epochs.back();
  const std::optional<double> evaluated = finite_in(last, "train_eval/" + score.metric.name);
  score.train_is_evaluated = evaluated.has_value();
  score.train = evaluated ? evaluated : finite_in(last, "train/" + score.metric.name);
  score.valid = finite_in(last, "valid/" + score.metric.name);
  score.train_loss = finite_in(last, "train/loss");
  score.valid_loss = finite_in(last, "valid/loss");
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
  for (const nlohmann::json& line : history.epochs) {
    if (line.contains("valid/" + score.metric.name)) score.split = "valid";
  }
  if (!history.epochs.empty()) look_at_epochs(history.epochs, score);
  for (const auto* lines : {&history.epochs, &history.steps}) {
    if (lines->empty()) continue;
    const double epochs = number_in(lines->back(), "epoch"),
                 steps = number_in(lines->back(), "step");
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
