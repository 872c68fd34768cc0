#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace lockstep {

/// Sums over samples, from which the metrics follow. Counts are exact; the loss is weighted.
struct MetricSums {
  double weight = 0;
  double loss = 0;  ///< sum of weight x loss
  std::int64_t count = 0;
  std::int64_t top1 = 0;  ///< samples whose label has the largest logit
  std::int64_t top5 = 0;  ///< samples whose label is among the five largest

  MetricSums& operator+=(const MetricSums& other);
  double mean_loss() const { return weight > 0 ? loss / weight : 0; }
  double accuracy() const {
    return count > 0 ? static_cast<double>(top1) / static_cast<double>(count) : 0;
  }
  double top5_accuracy() const {
    return count > 0 ? static_cast<double>(top5) / static_cast<double>(count) : 0;
  }
};
void to_json(nlohmann::json& json, const MetricSums& sums);
void from_json(const nlohmann::json& json, MetricSums& sums);

/// Where the time of a stretch of training went, in seconds of this rank.
struct Timing {
  double total = 0;
  double data_wait = 0;      ///< waiting for the loader
  double communication = 0;  ///< in the reduction, waiting for slower ranks included
};

/// One logged stretch of steps; a line of metrics.jsonl of kind "step".
struct StepReport {
  std::int64_t step = 0;     ///< done so far
  double epoch = 0;          ///< progress
  double learning_rate = 0;  ///< of the last step
  MetricSums sums;
  Timing timing;
  std::int64_t timed_images = 0;  ///< that `timing` covers: fewer than sums.count after a restart
  double images_per_second() const;
};
nlohmann::json to_metrics_line(const StepReport& report);

/// The end of an epoch; a line of metrics.jsonl of kind "epoch".
struct EpochReport {
  std::int64_t step = 0;
  std::int64_t epoch = 0;  ///< epochs done
  std::int64_t epochs = 0;
  double learning_rate = 0;  ///< of the last step
  MetricSums train;
  std::optional<MetricSums> valid;
  Timing timing;  ///< of training, this process's part of the epoch
  std::int64_t timed_images =
      0;  ///< that `timing` covers: fewer than train.count after a restart in mid-epoch
  double evaluation_seconds = 0;
  double images_per_second() const;
};
nlohmann::json to_metrics_line(const EpochReport& report);

/// The value of a metric by the name that `checkpoint.best` takes: valid/accuracy or valid/loss.
/// Throws Error(usage).
double metric_value(const std::string& name, const MetricSums& valid);
/// Whether `candidate` beats `best` for that metric.
bool is_better(const std::string& name, double candidate, double best);

}  // namespace lockstep
