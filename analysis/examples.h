#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "analysis/confusion.h"
#include "analysis/scored_samples.h"

namespace lockstep {

/// How many samples of each kind are worth a look.
struct ExampleOptions {
  std::size_t each = 12;    ///< of a kind
  std::size_t pairs = 6;    ///< confused pairs of classes
  std::size_t of_pair = 8;  ///< samples of each
  std::uint64_t seed = 0;   ///< of those that are drawn
};

struct PairExamples {
  ConfusedPair pair;
  std::vector<std::size_t> samples;  ///< those first whose loss is largest
};

/// Samples that show what a model gets wrong, by their places in the split. Of equal samples those
/// that come first there.
struct Examples {
  std::vector<std::size_t> largest_losses;  ///< the largest first; of numbers the largest errors
  /// Wrong ones, by falling probability of what is wrongly said; not of numbers.
  std::vector<std::size_t> surest_mistakes;
  /// Those first that are nearest to another answer (certainty_of); not of numbers.
  std::vector<std::size_t> least_certain;
  std::vector<PairExamples> pairs;  ///< the most confused ones; of classes alone
  /// Drawn among those that are right, in the order of the split; of numbers among all.
  std::vector<std::size_t> drawn;
};

/// Of classes or labels.
Examples choose_examples(const ScoredSamples& samples, const Decisions& decisions,
                         const ExampleOptions& options);
Examples choose_number_examples(const ScoredSamples& samples, const ExampleOptions& options);

/// The probability that a model states for the class that it says.
double stated_probability(std::span<const float> logits, const Decisions& decisions);

/// How far an answer is from another: of classes the probability of the likeliest less that of the
/// next (with a threshold the distance from it); of labels the smallest distance from a threshold.
double certainty_of(const ScoredSamples& samples, std::size_t i, const Decisions& decisions);

/// Samples of which one of two models alone is right, in the order of the split.
struct FlippedSamples {
  std::vector<std::size_t> fixed;   ///< the second is
  std::vector<std::size_t> broken;  ///< the first is
};

/// `second` has the same samples as `first`; neither is of numbers.
FlippedSamples flipped_samples(const ScoredSamples& first, const ScoredSamples& second,
                               const Decisions& decisions);

}  // namespace lockstep
