#include "analysis/confusion.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace lockstep {
namespace {

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Confusion confusion_of(std::span<const std::int64_t> truths,
                       std::span<const std::int64_t> predictions, std::size_t classes) {
  assert(truths.size() == predictions.size());
  Confusion confusion{classes, std::vector<std::int64_t>(classes * classes)};
  for (std::size_t i = 0; i < truths.size(); ++i) {
    ++confusion.counts[static_cast<std::size_t>(truths[i]) * classes +
                       static_cast<std::size_t>(predictions[i])];
  }
  return confusion;
}

std::vector<ConfusedPair> most_confused(const Confusion& confusion, std::size_t most) {
  std::vector<ConfusedPair> pairs;
  for (std::size_t truth = 0; truth < confusion.classes; ++truth) {
    for (std::size_t prediction = 0; prediction < confusion.classes; ++prediction) {
      const std::int64_t count = confusion.of(truth, prediction);
      if (truth != prediction && count > 0) pairs.push_back({truth, prediction, count});
    }
  }
  std::ranges::stable_sort(pairs, std::greater(), &ConfusedPair::count);
  pairs.resize(std::min(pairs.size(), most));
  return pairs;
}

std::vector<std::size_t> most_confused_classes(const Confusion& confusion, std::size_t most) {
  std::vector<bool> is_chosen(confusion.classes);
  std::vector<std::size_t> chosen;
  const auto choose = [&](std::size_t number) {
    if (chosen.size() == most || is_chosen[number]) return;
    is_chosen[number] = true;
    chosen.push_back(number);
  };
  for (const ConfusedPair& pair : most_confused(confusion, confusion.counts.size())) {
    choose(pair.truth);
    choose(pair.prediction);
  }
  for (std::size_t number = 0; number < confusion.classes; ++number) choose(number);
  std::ranges::sort(chosen);
  return chosen;
}

double Found::precision() const { return ratio(right, predicted); }
double Found::recall() const { return ratio(right, support); }
double Found::f1() const { return ratio(2 * right, predicted + support); }

std::vector<Found> found_classes(std::span<const std::int64_t> truths,
                                 std::span<const std::int64_t> predictions, std::size_t classes,
                                 SampleWeights weights) {
  assert(truths.size() == predictions.size());
  std::vector<Found> found(classes);
  for (std::size_t i = 0; i < truths.size(); ++i) {
    const double weight = weights[i];
    found[static_cast<std::size_t>(truths[i])].support += weight;
    found[static_cast<std::size_t>(predictions[i])].predicted += weight;
    if (truths[i] == predictions[i]) found[static_cast<std::size_t>(truths[i])].right += weight;
  }
  return found;
}

double mean_of_defined(std::span<const double> values) {
  double sum = 0, count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return ratio(sum, count);
}

}  // namespace lockstep
