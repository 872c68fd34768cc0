#include "launcher/report/diagnosis.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace lockstep {
namespace {

/// From one row of the table to the next: how much worse it got, and what that is called.
struct Step {
  double worse = 0;
  const char* finding = nullptr;
  const char* remedy = nullptr;
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
                   "get more samples, augment more, regularise (weight decay, dropout, label "
                   "smoothing), take pretrained weights or a smaller network, or stop earlier"});
  }
  if (outcome.valid && outcome.test) {
    all.push_back({worse(*outcome.valid, *outcome.test),
                   "shifted: the test split differs from the validation split",
                   "look at both (lockstep inspect), make the splits alike, or train on samples "
                   "like those of the test split"});
  }
  return all;
}

/// Below it a distance is nothing to act on: a part of the whole, or of the best value.
double notable(const Outcome& outcome) {
  constexpr double kPercent = 0.01, kPart = 0.1;
  if (outcome.metric.format == Metric::Format::percent) return kPercent;
  return kPart * std::abs(outcome.goal.value_or(outcome.train));
}

}  // namespace

std::vector<std::string> verdict_lines(const Outcome& outcome) {
  const std::vector<Step> all = steps(outcome);
  const auto worst = std::ranges::max_element(all, {}, &Step::worse);
  if (worst == all.end()) return {};
  if (worst->worse <= notable(outcome)) {
    return {std::string("no gap stands out") +
            (outcome.goal ? "" : "; task.goal says what could be reached, such as human accuracy")};
  }
  std::vector<std::string> lines;
  if (outcome.goal && outcome.valid &&
      worse_by(outcome.metric, *outcome.goal, *outcome.valid) <= 0) {
    lines.push_back("the goal is reached; to go on:");
  }
  const bool is_percent = outcome.metric.format == Metric::Format::percent;
  lines.push_back(fmt::format("{} (by {}): {}", worst->finding,
                              is_percent ? fmt::format("{:.2f} points", 100 * worst->worse)
                                         : outcome.metric.text_of(worst->worse),
                              worst->remedy));
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
