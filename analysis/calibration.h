#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/sample_weights.h"

namespace lockstep {

/// Events whose stated probability is in (low, high]; in the first bin 0 is too.
struct CalibrationBin {
  double low = 0;
  double high = 0;
  double count = 0;
  double probability = 0;  ///< mean of those stated; not a number where there are none
  double frequency = 0;    ///< how often the event came; likewise
};

/// How far stated probabilities are from frequencies: the data of a reliability diagram.
struct Calibration {
  /// The mean over events of the distance between probability and frequency in their bin (Guo et
  /// al., "On calibration of modern neural networks", 2017).
  double expected_error = 0;
  double largest_error = 0;  ///< over bins
  std::vector<CalibrationBin> bins;
};

/// The bins that are used where nobody says how many.
inline constexpr std::size_t kCalibrationBins = 15;

/// Probabilities and whether the event came, several of each sample: [samples, of_a_sample].
class StatedEvents {
 public:
  StatedEvents(std::span<const double> probabilities, std::span<const bool> came,
               std::size_t of_a_sample, std::size_t bins = kCalibrationBins);

  Calibration calibration(SampleWeights weights) const;

 private:
  struct Event {
    double probability;
    std::uint32_t bin;
    bool came;
  };
  std::vector<Event> events_;
  std::size_t of_a_sample_;
  std::size_t bins_;
};

/// What a temperature makes of logits that are divided by it.
struct Temperature {
  double value = 1;
  double loss_before = 0;  ///< mean negative log-likelihood at temperature 1
  double loss_after = 0;   ///< at `value`
};

/// The temperature, from 0.01 to 100, whose softmax of `logits` [n, classes] has the least mean
/// negative log-likelihood: it is convex in the reciprocal. Calibrates without changing an answer.
Temperature best_temperature(std::span<const float> logits, std::span<const std::int64_t> truths,
                             std::size_t classes);
/// The same of flags, each by its sigmoid; the loss is a mean over flags.
Temperature best_temperature(std::span<const float> logits, std::span<const bool> flags);

}  // namespace lockstep
