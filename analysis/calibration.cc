#include "analysis/calibration.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <limits>

namespace lockstep {
namespace {

/// A mean loss over a scale of the logits, and its first two derivatives.
struct LossAt {
  double loss = 0, slope = 0, curvature = 0;
};

/// The least of a convex loss over the scale: Newton's method inside a bracket.
Temperature least(const std::function<LossAt(double scale)>& loss_at) {
  constexpr double kHottest = 100, kSteps = 100, kClose = 1e-12;
  Temperature result;
  result.loss_before = loss_at(1).loss;
  double low = 1 / kHottest, high = kHottest, scale = 1;
  LossAt here;
  for (int step = 0; step < kSteps; ++step) {
    here = loss_at(scale);
    (here.slope > 0 ? high : low) = scale;
    double next = here.curvature > 0 ? scale - here.slope / here.curvature : 0;
    // Towards an end of the bracket that is not yet tried, in equal factors.
    if (!(next > low && next < high)) next = std::sqrt(low * high);
    if (std::abs(next - scale) <= kClose * scale) break;
    scale = next;
  }
  result.value = 1 / scale;
  result.loss_after = here.loss;
  return result;
}

/// log(1 + exp(x)).
double soft_plus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

}  // namespace

StatedEvents::StatedEvents(std::span<const double> probabilities, std::span<const bool> came,
                           std::size_t of_a_sample, std::size_t bins)
    : of_a_sample_(of_a_sample), bins_(bins) {
  assert(probabilities.size() == came.size());
  std::vector<double> ends;
  for (std::size_t bin = 1; bin < bins; ++bin) {
    ends.push_back(static_cast<double>(bin) / static_cast<double>(bins));
  }
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    const auto bin = std::ranges::lower_bound(ends, probabilities[i]) - ends.begin();
    events_.push_back({probabilities[i], static_cast<std::uint32_t>(bin), came[i]});
  }
}

Calibration StatedEvents::calibration(SampleWeights weights) const {
  Calibration result;
  for (std::size_t bin = 0; bin < bins_; ++bin) {
    const double width = 1 / static_cast<double>(bins_);
    result.bins.push_back(
        {.low = static_cast<double>(bin) * width, .high = static_cast<double>(bin + 1) * width});
  }
  double events = 0;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const double weight = weights[i / of_a_sample_];
    CalibrationBin& bin = result.bins[events_[i].bin];
    events += weight;
    bin.count += weight;
    bin.probability += weight * events_[i].probability;
    bin.frequency += events_[i].came ? weight : 0;
  }
  for (CalibrationBin& bin : result.bins) {
    const double apart = std::abs(bin.probability - bin.frequency);
    if (bin.count > 0) {
      result.expected_error += apart / events;
      result.largest_error = std::max(result.largest_error, apart / bin.count);
    }
    bin.probability /= bin.count;  // 0 / 0 is not a number
    bin.frequency /= bin.count;
  }
  if (events == 0) {
    result.expected_error = result.largest_error = std::numeric_limits<double>::quiet_NaN();
  }
  return result;
}

Temperature best_temperature(std::span<const float> logits, std::span<const std::int64_t> truths,
                             std::size_t classes) {
  assert(logits.size() == truths.size() * classes);
  return least([&](double scale) {
    LossAt sum;
    for (std::size_t i = 0; i < truths.size(); ++i) {
      const auto row = logits.subspan(i * classes, classes);
      const double largest = *std::ranges::max_element(row);
      double total = 0, mean = 0, square = 0;  // of the logits above the largest
      for (const float logit : row) {
        const double above = logit - largest, part = std::exp(scale * above);
        total += part;
        mean += part * above;
        square += part * above * above;
      }
      mean /= total;
      const double truth = row[static_cast<std::size_t>(truths[i])] - largest;
      sum.loss += std::log(total) - scale * truth;
      sum.slope += mean - truth;
      sum.curvature += square / total - mean * mean;
    }
    const double count = static_cast<double>(truths.size());
    return LossAt{sum.loss / count, sum.slope / count, sum.curvature / count};
  });
}

Temperature best_temperature(std::span<const float> logits, std::span<const bool> flags) {
  assert(logits.size() == flags.size());
  return least([&](double scale) {
    LossAt sum;
    for (std::size_t i = 0; i < flags.size(); ++i) {
      const double logit = logits[i], p = 1 / (1 + std::exp(-scale * logit));
      const double flag = flags[i] ? 1 : 0;
      sum.loss += soft_plus(scale * logit) - flag * scale * logit;
      sum.slope += (p - flag) * logit;
      sum.curvature += p * (1 - p) * logit * logit;
    }
    const double count = static_cast<double>(flags.size());
    return LossAt{sum.loss / count, sum.slope / count, sum.curvature / count};
  });
}

}  // namespace lockstep
