#pragma once

#include <optional>
#include <span>

namespace lockstep {

/// How well scores tell positive samples from the others, whatever threshold is put between them.
struct Ranking {
  /// The mean precision over recall, without interpolation: scikit-learn's average_precision_score.
  double average_precision = 0;
  /// The area under the ROC curve: the chance that a positive sample has a larger score than
  /// another; equal scores count half.
  double roc_area = 0;
};

/// Equal scores are one threshold, so the order of the samples does not matter. std::nullopt where
/// all samples are alike.
std::optional<Ranking> rank_scores(std::span<const float> scores, std::span<const bool> positive);

}  // namespace lockstep
