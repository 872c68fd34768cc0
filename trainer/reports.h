#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/confusion.h"
#include "trainer/schedule/curve_state.h"
#include "trainer/task/metric.h"

namespace lockstep {

/// Where the time of a stretch of training went, in seconds of this rank.
struct Timing {
  double total = 0;
  double data_wait = 0;      ///< waiting for the loader
  double communication = 0;  ///< in the reduction, waiting for slower ranks included
  /// Images trained on in that time: fewer than were counted, after a restart in mid-epoch.
  std::int64_t images = 0;

  double images_per_second() const;
};

/// One logged stretch of steps; a line of metrics.jsonl of kind "step".
struct StepReport {
  std::int64_t step = 0;     ///< done so far
  double epoch = 0;          ///< progress
  double learning_rate = 0;  ///< of the last step
  std::vector<MetricValue> metrics;
  Timing timing;
};
nlohmann::json to_metrics_line(const StepReport& report);

/// What was measured over a whole split.
struct SplitMetrics {
  std::int64_t count = 0;  ///< samples
  std::vector<MetricValue> metrics;
  std::optional<Confusion> confusion = {};  ///< of classes, where a picture is made of it
};

/// The end of an epoch; a line of metrics.jsonl of kind "epoch".
struct EpochReport {
  std::int64_t step = 0;
  std::int64_t epoch = 0;  ///< epochs done
  std::int64_t epochs = 0;
  double learning_rate = 0;  ///< of the last step
  std::vector<MetricValue> train;
  std::optional<SplitMetrics> train_eval;  ///< of a sample of the training split
  std::optional<SplitMetrics> valid;
  std::optional<SplitMetrics> valid_ema;  ///< of the average of the weights
  Timing timing;                          ///< of training, this process's part of the epoch
  double evaluation_seconds = 0;
};
nlohmann::json to_metrics_line(const EpochReport& report);
/// That line without what a repetition would measure anew: how long it took.
nlohmann::json reproducible_line(const EpochReport& report);
/// What the schedule's curve sees of an epoch.
std::vector<EpochMetric> epoch_metrics(const EpochReport& report);

/// How far the validation split's metrics are from those of the sample of the training split, which
/// are measured alike; empty where one of both is not.
std::vector<MetricValue> generalisation_gap(const EpochReport& report);

}  // namespace lockstep
