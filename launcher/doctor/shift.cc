#include "launcher/doctor/shift.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <numeric>

#include "analysis/ranking.h"

namespace lockstep {
namespace {

constexpr int kSide = SmallPictures::kSide;
constexpr int kFields = 8;
constexpr std::size_t kFolds = 5;
constexpr std::size_t kLeast = 20;
constexpr double kPenalty = 0.1;  // of squared weights: there are 200 of them, and few pictures
constexpr int kSteps = 200;

struct Samples {
  std::size_t columns = 0;
  std::vector<float> values;  ///< [samples, columns]
  std::vector<char> is_b;     ///< [samples]

  std::span<const float> row(std::size_t i) const {
    return std::span(values).subspan(i * columns, columns);
  }
  std::size_t size() const { return is_b.size(); }
};

/// `count` pictures, evenly spread.
void add(const SmallPictures& pictures, std::size_t count, char is_b, Samples& samples) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<float> row =
        picture_features(pictures.picture(i * pictures.count / count), pictures.channels);
    samples.columns = row.size();
    samples.values.insert(samples.values.end(), row.begin(), row.end());
    samples.is_b.push_back(is_b);
  }
}

void standardise(Samples& samples) {
  const auto count = static_cast<double>(samples.size());
  for (std::size_t column = 0; column < samples.columns; ++column) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double value = samples.values[i * samples.columns + column];
      sum += value;
      squares += value * value;
    }
    const double mean = sum / count;
    const double deviation = std::sqrt(std::max(squares / count - mean * mean, 0.0));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      float& value = samples.values[i * samples.columns + column];
      value = deviation < 1e-6 ? 0 : static_cast<float>((value - mean) / deviation);
    }
  }
}

double score(std::span<const float> row, const std::vector<double>& weights) {
  return std::inner_product(row.begin(), row.end(), weights.begin(), 0.0);
}

/// Nesterov's method from 0 on the samples outside of `fold`; the step is safe for standardised
/// columns, as the largest curvature is below a quarter of their number.
std::vector<double> fit(const Samples& samples, std::size_t fold) {
  const std::size_t columns = samples.columns;
  std::vector<double> weights(columns), last(columns), ahead(columns), slope(columns);
  const double rate = 1 / (0.25 * static_cast<double>(columns) + kPenalty);
  for (int step = 0; step < kSteps; ++step) {
    const double momentum = step / (step + 3.0);
    for (std::size_t k = 0; k < columns; ++k) {
      ahead[k] = weights[k] + momentum * (weights[k] - last[k]);
    }
    std::ranges::fill(slope, 0.0);
    std::size_t used = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (i % kFolds == fold) continue;
      ++used;
      const double error = 1 / (1 + std::exp(-score(samples.row(i), ahead))) - samples.is_b[i];
      for (std::size_t k = 0; k < columns; ++k) slope[k] += error * samples.row(i)[k];
    }
    last = weights;
    for (std::size_t k = 0; k < columns; ++k) {
      const double mean_slope = slope[k] / static_cast<double>(used) + kPenalty * ahead[k];
      weights[k] = ahead[k] - rate * mean_slope;
    }
  }
  return weights;
}

}  // namespace

std::vector<float> picture_features(std::span<const std::uint8_t> picture, int channels) {
  constexpr int kCell = kSide / kFields;
  std::vector<float> features;
  for (int channel = 0; channel < channels; ++channel) {
    const auto at = [&](int y, int x) {
      return picture[static_cast<std::size_t>((y * kSide + x) * channels + channel)] / 255.0f;
    };
    std::vector<float> fields(std::size_t{kFields} * kFields);
    float sum = 0, squares = 0, along_x = 0, along_y = 0;
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const float value = at(y, x);
        fields[static_cast<std::size_t>(y / kCell * kFields + x / kCell)] += value;
        sum += value;
        squares += value * value;
        if (x > 0) along_x += std::abs(value - at(y, x - 1));
        if (y > 0) along_y += std::abs(value - at(y - 1, x));
      }
    }
    const float mean = sum / (kSide * kSide);
    const float variance = std::max(squares / (kSide * kSide) - mean * mean, 0.0f);
    features.insert(features.end(), fields.begin(), fields.end());
    features.insert(features.end(), {mean, std::sqrt(variance), along_x, along_y});
  }
  return features;
}

double shift_between(const SmallPictures& a, const SmallPictures& b) {
  const std::size_t count = std::min(a.count, b.count);
  if (count < kLeast) return 0.5;
  Samples samples;
  add(a, count, 0, samples);
  add(b, count, 1, samples);
  standardise(samples);
  std::vector<float> scores(samples.size());
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    const std::vector<double> weights = fit(samples, fold);
    for (std::size_t i = fold; i < samples.size(); i += kFolds) {
      scores[i] = static_cast<float>(score(samples.row(i), weights));
    }
  }
  const auto positive = std::make_unique<bool[]>(samples.size());
  std::ranges::copy(samples.is_b, positive.get());
  const auto ranking = rank_scores(scores, std::span(positive.get(), samples.size()));
  return ranking ? ranking->roc_area : 0.5;
}

}  // namespace lockstep
