#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "analysis/sample_weights.h"

namespace lockstep {

/// How well scores tell positive samples from the others, whatever threshold is put between them.
struct Ranking {
  /// The mean precision over recall, without interpolation: scikit-learn's average_precision_score.
  double average_precision = 0;
  /// The area under the ROC curve: the chance that a positive sample has a larger score than
  /// another; equal scores count half.
  double roc_area = 0;
};

/// Scores in their order, to be ranked several times.
class SortedScores {
 public:
  SortedScores(std::span<const float> scores, std::span<const bool> positive);

  /// Equal scores are one threshold, so the order of the samples does not matter. std::nullopt
  /// where all samples are alike.
  std::optional<Ranking> ranking(SampleWeights weights) const;

 private:
  struct Entry {
    std::size_t sample;
    bool positive;
    bool ends;  ///< the samples of one score
  };
  std::vector<Entry> entries_;
};

/// Of each sample once.
std::optional<Ranking> rank_scores(std::span<const float> scores, std::span<const bool> positive);

}  // namespace lockstep
