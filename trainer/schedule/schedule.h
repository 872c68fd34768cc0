#pragma once

#include "trainer/optimizer/optimizer_options.h"
#include "trainer/schedule/schedule_options.h"

namespace lockstep {

/// How many times `lr` a step of `batch` samples may be, by the rule.
double lr_scale(LrScaling rule, double batch, double lr_batch);

/// The learning rate as a function of progress = epoch + offset / N, and of nothing else: what a
/// restart needs is these few numbers, which are saved.
///
/// Warm-up is linear from `warmup_rate` at `warmup_begin` to what the base schedule says
/// `warmup_epochs` later; the base schedule spans the epochs behind the first warm-up.
struct LrSchedule {
  ScheduleKind kind = ScheduleKind::cosine;
  double target_rate = 0;    ///< the scaled rate that the first warm-up reaches
  double epochs = 0;         ///< of the whole run
  double warmup_epochs = 0;  ///< length of each warm-up
  double warmup_begin =
      0;  ///< progress at which the present warm-up began; 0, or a restart that changed the batch
  double warmup_rate = 0;  ///< the rate there

  double rate(double progress) const;
};

/// The schedule of a run that starts: its warm-up begins at the rate that one lane alone would
/// have.
LrSchedule make_schedule(const ScheduleOptions& schedule, const OptimizerOptions& optimizer,
                         double epochs, int batch, int lanes);

/// The schedule of a run that was saved with `saved` and goes on at `progress`: that one, unless
/// the plan now has another curve (another global batch, or an overridden config). Then it is the
/// planned one, warmed up from `last_rate`.
LrSchedule continue_schedule(const LrSchedule& saved, const LrSchedule& planned, double progress,
                             double last_rate);

}  // namespace lockstep
