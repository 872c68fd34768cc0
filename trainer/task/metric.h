#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// One way to judge a model, and how it is told.
struct Metric {
  enum class Better { higher, lower };
  enum class Format { number, percent };

  std::string name;   ///< in files and configs: "top5_accuracy"
  std::string title;  ///< for people: "top-5 accuracy"
  Better better = Better::higher;
  Format format = Format::number;

  /// Whether `candidate` is a better value than `best`.
  bool is_better(double candidate, double best) const {
    return better == Better::higher ? candidate > best : candidate < best;
  }
  /// "90.29 %", "0.2713".
  std::string text_of(double value) const;
};

/// A metric's value over some samples.
struct MetricValue {
  Metric metric;
  double value = 0;
};

/// The mean of the samples' weighted losses: a metric of every task.
const Metric& loss_metric();

/// The one called `name`; nullptr where there is none.
const MetricValue* find_metric(const std::vector<MetricValue>& values, std::string_view name);

/// "loss 0.2713, accuracy 90.29 %".
std::string to_text(const std::vector<MetricValue>& values);

}  // namespace lockstep
