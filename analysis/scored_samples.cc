#include "analysis/scored_samples.h"

#include <algorithm>
#include <cmath>

namespace lockstep {

ScoredSamples ScoredSamples::chosen(std::span<const std::size_t> samples) const {
  ScoredSamples result{.width = width};
  for (const std::size_t i : samples) {
    result.numbers.push_back(numbers[i]);
    if (!sources.empty()) result.sources.push_back(sources[i]);
    result.outputs.insert(result.outputs.end(), outputs_of(i).begin(), outputs_of(i).end());
    if (!labels.empty()) result.labels.push_back(labels[i]);
    if (!targets.empty()) {
      result.targets.insert(result.targets.end(), targets_of(i).begin(), targets_of(i).end());
    }
    if (!losses.empty()) result.losses.push_back(losses[i]);
  }
  return result;
}

std::vector<double> class_probabilities(std::span<const float> logits) {
  const double largest = *std::ranges::max_element(logits);
  std::vector<double> probabilities;
  double sum = 0;
  for (const float logit : logits) {
    probabilities.push_back(std::exp(logit - largest));
    sum += probabilities.back();
  }
  for (double& probability : probabilities) probability /= sum;
  return probabilities;
}

double label_probability(float logit) { return 1 / (1 + std::exp(-double{logit})); }

namespace {

/// As MultiLabel compares them.
float logit_of(double probability) {
  return static_cast<float>(std::log(probability / (1 - probability)));
}

}  // namespace

std::int64_t Decisions::class_of(std::span<const float> logits) const {
  if (thresholds.empty()) return std::ranges::max_element(logits) - logits.begin();
  return class_probabilities(logits)[1] > thresholds[0] ? 1 : 0;
}

bool Decisions::has_label(float logit, std::size_t label) const {
  return logit > (thresholds.empty() ? 0 : logit_of(thresholds[label]));
}

bool is_right(const ScoredSamples& samples, std::size_t i, const Decisions& decisions) {
  const auto outputs = samples.outputs_of(i);
  if (!samples.labels.empty()) return decisions.class_of(outputs) == samples.labels[i];
  const auto targets = samples.targets_of(i);
  for (std::size_t k = 0; k < samples.width; ++k) {
    if (decisions.has_label(outputs[k], k) != (targets[k] > 0.5f)) return false;
  }
  return true;
}

}  // namespace lockstep
