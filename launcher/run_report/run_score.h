#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "launcher/history/run_history.h"
#include "launcher/report/diagnosis.h"
#include "trainer/task/metric.h"

namespace lockstep {

/// The main metric of a task, or the loss, by its name: a number that is better where it is lower,
/// if the name is none of theirs.
Metric reported_metric(std::string_view name);

/// What a run has come to by its metrics; std::nullopt where they do not tell.
struct RunScore {
  Metric metric = {};      ///< the task's main one; the loss where there is none
  std::string split = {};  ///< by which it is judged: "valid", else "train"
  std::optional<double> best = {};
  std::optional<double> best_epoch = {};
  std::optional<double> train = {};  ///< in the last epoch, as the following
  bool train_is_evaluated = false;   ///< without augmentation (log.train_eval)
  std::optional<double> valid = {};
  std::optional<double> train_loss = {};
  std::optional<double> valid_loss = {};
  std::optional<double> epochs = {};
  std::optional<double> steps = {};
  std::optional<double> images_per_second = {};  ///< the mean over epochs, else steps
  std::optional<double> valid_count = {};        ///< samples of the validation split
  Trend train_trend = Trend::unknown;            ///< of the losses over epochs
  Trend valid_trend = Trend::unknown;
  std::optional<double> broken_step = {};  ///< the first whose loss is no finite number
};

RunScore score_of(const RunHistory& history);

/// Of several numbers.
struct Spread {
  std::size_t count = 0;
  double mean = 0;
  double deviation = 0;  ///< the sample's standard deviation; 0 of one number
  double low = 0;
  double high = 0;
};

/// std::nullopt of none.
std::optional<Spread> spread_of(std::span<const double> values);

/// "90.12 %", or of several "90.12 % ± 0.31 %".
std::string text_of(const Spread& spread, const Metric& metric);

}  // namespace lockstep
