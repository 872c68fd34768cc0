#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lockstep {

/// What a model answers for the samples of a split, beside what is true: all that reports, pictures
/// and corrections of labels are made of. Samples are in the order of the split.
struct ScoredSamples {
  std::vector<std::uint64_t> numbers = {};  ///< of each sample in the pack's split
  std::vector<std::string> sources = {};    ///< where each is from, as the pack says
  std::size_t width = 0;                    ///< K: classes, labels or numbers
  std::vector<float> outputs = {};          ///< [n, K] logits; of numbers, in their unit
  std::vector<std::int64_t> labels = {};    ///< [n] true classes; else empty
  std::vector<float> targets = {};          ///< [n, K] flags of 0 and 1, or numbers; else empty
  std::vector<double> losses = {};          ///< [n] of the task

  std::size_t size() const { return numbers.size(); }
  std::span<const float> outputs_of(std::size_t i) const {
    return std::span(outputs).subspan(i * width, width);
  }
  std::span<const float> targets_of(std::size_t i) const {
    return std::span(targets).subspan(i * width, width);
  }
  /// Those samples alone.
  ScoredSamples chosen(std::span<const std::size_t> samples) const;
};

/// The probability of each class by the logits of a sample.
std::vector<double> class_probabilities(std::span<const float> logits);
/// That of a label.
double label_probability(float logit);

/// What a model says by its outputs.
struct Decisions {
  /// The probability above which a label is predicted, of each; of two classes, one: above it the
  /// second is. Empty: 0.5, and of classes the one with the largest logit, the first of equals.
  std::vector<double> thresholds = {};

  std::int64_t class_of(std::span<const float> logits) const;
  bool has_label(float logit, std::size_t label) const;
};

/// Whether all that is said of sample `i` is true: its class, or all of its labels.
bool is_right(const ScoredSamples& samples, std::size_t i, const Decisions& decisions);

}  // namespace lockstep
