#include "launcher/report/diagnosis.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace lockstep {
namespace {

/// From one row of the table to the next: how much worse it got, and what that is called.
struct Step {
  double worse = 0;
  const char* finding = nullptr;
  std::string remedy = {};
  double uncertainty = 0;
};

/// How much worse `to` is than `from`; below 0 where it is better.
double worse_by(const Metric& metric, double from, double to) {
  return metric.better == Metric::Better::higher ? from - to : to - from;
}

std::vector<Step> steps(const Outcome& outcome) {
  const auto worse = [&](double from, double to) { return worse_by(outcome.metric, from, to); };
  std::vector<Step> all;
  if (outcome.goal) {
    all.push_back({worse(*outcome.goal, outcome.train),
                   "underfit: it is far from the goal on what it was trained on",
                   "train longer, take a larger network or pretrained weights, find another rate "
                   "(lockstep lr-find), or augment and regularise less"});
  }
  if (outcome.valid) {
    all.push_back({worse(outcome.train, *outcome.valid),
                   "overfit: it is worse on what it has not seen",
                   std::string("get more samples, augment more, regularise (weight decay, dropout, "
                               "label smoothing), take pretrained weights or a smaller network") +
                       (outcome.valid_loss == Trend::falling ? "" : ", or stop earlier"),
                   outcome.valid_uncertainty});
  }
  if (outcome.valid && outcome.test) {
    all.push_back({worse(*outcome.valid, *outcome.test),
                   "shifted: the test split differs from the validation split",
                   "look at both (lockstep inspect), make the splits alike, or train on samples "
                   "like those of the test split",
                   std::hypot(outcome.valid_uncertainty, outcome.test_uncertainty)});
  }
  return all;
}

/// Below it a distance is nothing to act on: a part of the whole, or of the best value.
double notable(const Outcome& outcome) {
  constexpr double kPercent = 0.01, kPart = 0.1;
  if (outcome.metric.format == Metric::Format::percent) return kPercent;
  return kPart * std::abs(outcome.goal.value_or(outcome.train));
}

std::string distance_text(const Outcome& outcome, double distance) {
  const bool is_percent = outcome.metric.format == Metric::Format::percent;
  return is_percent ? fmt::format("{:.2f} points", 100 * distance)
                    : outcome.metric.text_of(distance);
}

/// What the losses say at the end; empty: nothing.
std::string curves_text(const Outcome& outcome) {
  if (outcome.train_loss == Trend::falling && outcome.valid_loss == Trend::rising) {
    return "overfitting by its curves: the validation loss rises while the training loss falls; "
           "more epochs make it worse: stop earlier (early_stopping.metric, or use the best "
           "checkpoint), get more samples, augment or regularise more;";
  }
  if (outcome.valid_loss != Trend::falling || outcome.train_loss == Trend::rising) return {};
  return fmt::format("{} at the end: train longer (train.epochs) before anything else;",
                     outcome.train_loss == Trend::falling ? "both losses still fall"
                                                          : "the validation loss still falls");
}

/// What to say of a model that does no better than guessing; empty for any other.
std::string nothing_learned_text(const Outcome& outcome) {
  if (!outcome.chance) return {};
  const double value = outcome.valid.value_or(outcome.train);
  const double better = worse_by(outcome.metric, value, *outcome.chance);
  if (better > (outcome.valid ? outcome.valid_uncertainty : 0)) return {};
  return fmt::format(
      "nothing is learned yet: {} is no better than guessing, which reaches {}. If more epochs do "
      "not "
      "help, look at the rate (lockstep lr-find), the labels and what the network is fed with "
      "(lockstep doctor, lockstep inspect)",
      outcome.metric.text_of(value), outcome.metric.text_of(*outcome.chance));
}

/// What there is to say where no distance counts; `worst` is the largest.
std::string no_gap_text(const Outcome& outcome, const Step& worst) {
  if (worst.worse > notable(outcome)) {
    return fmt::format(
        "no gap stands out: the largest, {}, is within its uncertainty of ± {}; more samples in "
        "that split, or more seeds, would tell",
        distance_text(outcome, worst.worse), distance_text(outcome, worst.uncertainty));
  }
  return std::string("no gap stands out") +
         (outcome.goal ? "" : "; task.goal says what could be reached, such as human accuracy");
}

/// From the first of `values` to the last along the line through them, and twice its standard
/// error.
std::pair<double, double> change_of(std::span<const double> values) {
  const double count = static_cast<double>(values.size()), middle = (count - 1) / 2;
  double mean = 0;
  for (const double value : values) mean += value / count;
  double squares = 0, products = 0, x = -middle;
  for (const double value : values) {
    squares += x * x;
    products += x * (value - mean);
    x += 1;
  }
  const double slope = products / squares;
  double rest = 0;
  x = -middle;
  for (const double value : values) {
    rest += std::pow(value - mean - slope * x, 2);
    x += 1;
  }
  const double error = std::sqrt(rest / (count - 2) / squares);
  return {slope * (count - 1), 2 * error * (count - 1)};
}

}  // namespace

Trend trend_of(std::span<const double> values) {
  constexpr std::size_t kLeast = 4;
  constexpr double kPart = 0.02, kAboveBest = 1.1;
  const std::size_t count = std::max(kLeast, values.size() / 3);
  const auto is_finite = [](double value) { return std::isfinite(value); };
  if (values.size() < count) return Trend::unknown;
  const std::span<const double> last = values.last(count);
  if (!std::ranges::all_of(last, is_finite)) return Trend::unknown;
  double mean = 0, best = std::numeric_limits<double>::infinity();
  for (const double value : last) mean += value / static_cast<double>(count);
  for (const double value : values.first(values.size() - count)) best = std::min(best, value);
  const auto [change, uncertainty] = change_of(last);
  const double least = std::max(kPart * std::abs(mean), uncertainty);
  if (change < -least) return Trend::falling;
  return change > least || std::ranges::min(last) > kAboveBest * best ? Trend::rising
                                                                      : Trend::level;
}

std::optional<double> chance_of(const TaskSpec& task) {
  if (task.kind != TaskKind::classification || task.names.empty()) return std::nullopt;
  return 1 / static_cast<double>(task.names.size());
}

std::vector<std::string> verdict_lines(const Outcome& outcome) {
  if (std::string text = nothing_learned_text(outcome); !text.empty()) return {text};
  std::vector<std::string> lines;
  if (std::string curves = curves_text(outcome); !curves.empty()) lines.push_back(curves);
  std::vector<Step> all = steps(outcome);
  const auto by_distance = std::ranges::max_element(all, {}, &Step::worse);
  if (by_distance == all.end()) return lines;
  const Step largest = *by_distance;
  std::erase_if(all, [&](const Step& step) {
    return step.worse <= std::max(notable(outcome), step.uncertainty);
  });
  const auto worst = std::ranges::max_element(all, {}, &Step::worse);
  if (worst == all.end()) {
    lines.push_back(no_gap_text(outcome, largest));
    return lines;
  }
  if (outcome.goal && outcome.valid &&
      worse_by(outcome.metric, *outcome.goal, *outcome.valid) <= 0) {
    lines.insert(lines.begin(), "the goal is reached; to go on:");
  }
  lines.push_back(fmt::format("{} (by {}): {}", worst->finding,
                              distance_text(outcome, worst->worse), worst->remedy));
  return lines;
}

std::string diagnosis_text(const Outcome& outcome) {
  std::string text = fmt::format("{}:", outcome.metric.title);
  const auto row = [&](const char* name, std::optional<double> value, const char* note = "") {
    if (value) text += fmt::format("\n  {:<12}{}{}", name, outcome.metric.text_of(*value), note);
  };
  row("goal", outcome.goal);
  row("train", outcome.train,
      outcome.train_is_evaluated ? "" : "  (while it was trained; log.train_eval=1000 evaluates)");
  row("validation", outcome.valid);
  row("test", outcome.test);
  for (const std::string& line : verdict_lines(outcome)) text += "\n  " + line;
  return text;
}

}  // namespace lockstep
