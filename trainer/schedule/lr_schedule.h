#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "trainer/schedule/curve.h"
#include "trainer/schedule/lr_scaling.h"
#include "trainer/schedule/schedule_options.h"

namespace lockstep {

/// The largest rate, that of parameters in float32.
inline constexpr double kMostRate = std::numeric_limits<float>::max();

/// The learning rate as a function of progress = epoch + offset / N and of the curve's state; with
/// both saved, a restart goes on with the same rates.
///
/// Warm-up is linear from `warmup_rate` at `warmup_begin` to what the curve says `warmup_epochs`
/// later; the curve spans the epochs after the first warm-up.
struct LrSchedule {
  Curve curve;
  CurveState state;          ///< of the curve
  double target_rate = 0;    ///< the scaled rate that the first warm-up reaches
  double epochs = 0;         ///< of the whole run
  double warmup_epochs = 0;  ///< length of each warm-up
  double warmup_begin =
      0;  ///< progress at which the present warm-up began; 0, or a restart that changed the batch
  double warmup_rate = 0;  ///< the rate there

  /// Progress at which more of the network is trained, and the rate's factor at each.
  std::vector<double> unfreezes = {};
  double unfreeze_factor = 1;
  double stop_below = 0;  ///< a rate

  double rate(double progress) const;
  /// The optimizer's; std::nullopt: as its options say.
  std::optional<double> momentum(double progress) const;
  /// Whether the rate at `progress`, after the warm-up, is so low that the run ends.
  bool is_over(double progress) const {
    return progress >= warmup_begin + warmup_epochs && rate(progress) < stop_below;
  }
  /// The curve's state after an epoch that ended with `metrics`.
  void end_epoch(std::span<const EpochMetric> metrics);
};

void to_json(nlohmann::json& json, const LrSchedule& schedule);
/// Throws Error(storage) where a field is missing or wrong.
LrSchedule read_schedule(const JsonFields<nlohmann::json>& fields);

/// The schedule of a run that starts: its warm-up begins at the rate that one lane alone would
/// have.
LrSchedule make_schedule(const ScheduleOptions& schedule, const BaseRate& rate, double epochs,
                         int batch, int lanes);

/// The schedule of a run that was saved with `saved` and goes on at `progress`: that one, unless
/// the plan now has another curve (another global batch, or an overridden config). Then it is the
/// planned one, warmed up from `last_rate`.
LrSchedule continue_schedule(const LrSchedule& saved, const LrSchedule& planned, double progress,
                             double last_rate);

}  // namespace lockstep
