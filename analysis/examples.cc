#include "analysis/examples.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include "core/random.h"

namespace lockstep {
namespace {

double threshold_of(const Decisions& decisions, std::size_t k) {
  return decisions.thresholds.empty() ? 0.5 : decisions.thresholds[k];
}

/// The probability of what sample `i` is wrongly said to be; of labels the largest of them.
double wrong_probability(const ScoredSamples& samples, std::size_t i, const Decisions& decisions) {
  const auto outputs = samples.outputs_of(i);
  if (!samples.labels.empty()) return stated_probability(outputs, decisions);
  double largest = 0;
  for (std::size_t k = 0; k < samples.width; ++k) {
    const bool is_said = decisions.has_label(outputs[k], k);
    if (is_said == (samples.targets_of(i)[k] > 0.5f)) continue;
    const double probability = label_probability(outputs[k]);
    largest = std::max(largest, is_said ? probability : 1 - probability);
  }
  return largest;
}

/// The first `most` of `candidates` by rising `key`.
std::vector<std::size_t> first_by(const std::vector<std::size_t>& candidates, std::size_t most,
                                  const std::function<double(std::size_t)>& key) {
  std::vector<std::pair<double, std::size_t>> keyed;
  for (const std::size_t i : candidates) keyed.emplace_back(key(i), i);
  const std::size_t taken = std::min(most, keyed.size());
  std::ranges::partial_sort(keyed, keyed.begin() + static_cast<std::ptrdiff_t>(taken));
  std::vector<std::size_t> first;
  for (std::size_t n = 0; n < taken; ++n) first.push_back(keyed[n].second);
  return first;
}

std::vector<std::size_t> all_of(const ScoredSamples& samples) {
  std::vector<std::size_t> all(samples.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

std::vector<std::size_t> largest_losses(const ScoredSamples& samples,
                                        const std::vector<std::size_t>& candidates,
                                        std::size_t most) {
  return first_by(candidates, most, [&](std::size_t i) { return -samples.losses[i]; });
}

/// `most` of `candidates`, in their order.
std::vector<std::size_t> draw(const std::vector<std::size_t>& candidates, std::size_t most,
                              std::uint64_t seed) {
  std::vector<std::size_t> drawn = first_by(candidates, most, [&](std::size_t i) {
    return static_cast<double>(random_bits(seed, RandomPurpose::examples, i, 0) >> 11);
  });
  std::ranges::sort(drawn);
  return drawn;
}

std::vector<PairExamples> choose_of_pairs(const ScoredSamples& samples, const Decisions& decisions,
                                          const ExampleOptions& options) {
  std::vector<std::int64_t> said;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    said.push_back(decisions.class_of(samples.outputs_of(i)));
  }
  const Confusion confusion = confusion_of(samples.labels, said, samples.width);
  std::vector<PairExamples> chosen;
  for (const ConfusedPair& pair : most_confused(confusion, options.pairs)) {
    std::vector<std::size_t> members;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (static_cast<std::size_t>(samples.labels[i]) == pair.truth &&
          static_cast<std::size_t>(said[i]) == pair.prediction) {
        members.push_back(i);
      }
    }
    chosen.push_back({pair, largest_losses(samples, members, options.of_pair)});
  }
  return chosen;
}

}  // namespace

double stated_probability(std::span<const float> logits, const Decisions& decisions) {
  return class_probabilities(logits)[static_cast<std::size_t>(decisions.class_of(logits))];
}

double certainty_of(const ScoredSamples& samples, std::size_t i, const Decisions& decisions) {
  const auto outputs = samples.outputs_of(i);
  if (samples.labels.empty()) {
    double nearest = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < samples.width; ++k) {
      nearest =
          std::min(nearest, std::abs(label_probability(outputs[k]) - threshold_of(decisions, k)));
    }
    return nearest;
  }
  std::vector<double> probabilities = class_probabilities(outputs);
  if (!decisions.thresholds.empty()) return std::abs(probabilities[1] - decisions.thresholds[0]);
  if (probabilities.size() < 2) return 1;
  std::ranges::partial_sort(probabilities, probabilities.begin() + 2, std::greater());
  return probabilities[0] - probabilities[1];
}

Examples choose_examples(const ScoredSamples& samples, const Decisions& decisions,
                         const ExampleOptions& options) {
  const std::vector<std::size_t> all = all_of(samples);
  std::vector<std::size_t> right, wrong;
  for (const std::size_t i : all) (is_right(samples, i, decisions) ? right : wrong).push_back(i);
  Examples examples{
      .largest_losses = largest_losses(samples, all, options.each),
      .surest_mistakes =
          first_by(wrong, options.each,
                   [&](std::size_t i) { return -wrong_probability(samples, i, decisions); }),
      .least_certain = first_by(all, options.each,
                                [&](std::size_t i) { return certainty_of(samples, i, decisions); }),
      .pairs = {},
      .drawn = draw(right, options.each, options.seed)};
  if (!samples.labels.empty()) examples.pairs = choose_of_pairs(samples, decisions, options);
  return examples;
}

Examples choose_number_examples(const ScoredSamples& samples, const ExampleOptions& options) {
  const std::vector<std::size_t> all = all_of(samples);
  return {.largest_losses = largest_losses(samples, all, options.each),
          .surest_mistakes = {},
          .least_certain = {},
          .pairs = {},
          .drawn = draw(all, options.each, options.seed)};
}

FlippedSamples flipped_samples(const ScoredSamples& first, const ScoredSamples& second,
                               const Decisions& decisions) {
  FlippedSamples flipped;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const bool was_right = is_right(first, i, decisions);
    if (was_right == is_right(second, i, decisions)) continue;
    (was_right ? flipped.broken : flipped.fixed).push_back(i);
  }
  return flipped;
}

}  // namespace lockstep
