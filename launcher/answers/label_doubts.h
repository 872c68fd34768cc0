#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lockstep {

/// A sample whose label is probably wrong.
struct LabelDoubt {
  std::uint64_t sample = 0;
  std::size_t given = 0;  ///< its class
  std::size_t label = 0;  ///< the class that it probably has
  float probability = 0;  ///< of `label`
  float given_probability = 0;
};

/// Finds labels that a model confidently disagrees with: its answer is another class, and has at
/// least the mean probability that the model gives to that class in the images that are labelled so
/// (the thresholds of confident learning: Northcutt et al. 2021). So a class that it is never sure
/// of needs less than one that it always knows. Takes 24 bytes for each sample that is answered
/// otherwise than labelled.
class LabelDoubts {
 public:
  explicit LabelDoubts(std::size_t classes) : sums_(classes), counts_(classes) {}

  /// `probabilities` of all classes, for a sample of class `given`.
  void add(std::uint64_t sample, std::size_t given, std::span<const float> probabilities);

  /// The surest first. With `least` those of that probability at least, whatever the mean is.
  std::vector<LabelDoubt> find(std::optional<double> least = {}) const;

 private:
  std::vector<double> sums_;  ///< of the probability of the class in its own samples
  std::vector<std::uint64_t> counts_;
  std::vector<LabelDoubt> candidates_;
};

/// They are a CSV table: path, label, given, probability, given_probability.
std::string doubts_to_csv(std::span<const LabelDoubt> doubts, const std::vector<std::string>& paths,
                          const std::vector<std::string>& classes);

}  // namespace lockstep
