#include "trainer/schedule/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lockstep {
namespace {

double base_rate(const LrSchedule& schedule, double progress) {
  if (schedule.kind == ScheduleKind::constant) return schedule.target_rate;
  const double span = schedule.epochs - schedule.warmup_epochs;
  const double position =
      span > 0 ? std::clamp((progress - schedule.warmup_epochs) / span, 0.0, 1.0) : 1.0;
  return schedule.target_rate * 0.5 * (1 + std::cos(std::numbers::pi * position));
}

}  // namespace

double lr_scale(LrScaling rule, double batch, double lr_batch) {
  switch (rule) {
    case LrScaling::linear:
      return batch / lr_batch;
    case LrScaling::sqrt:
      return std::sqrt(batch / lr_batch);
    case LrScaling::none:
      break;
  }
  return 1;
}

double LrSchedule::rate(double progress) const {
  const double warmup_end = warmup_begin + warmup_epochs;
  if (progress >= warmup_end) return base_rate(*this, progress);
  const double reached = base_rate(*this, warmup_end);
  return warmup_rate + (reached - warmup_rate) * (progress - warmup_begin) / warmup_epochs;
}

LrSchedule make_schedule(const ScheduleOptions& schedule, const OptimizerOptions& optimizer,
                         double epochs, int batch, int lanes) {
  const auto scale = [&](double samples) {
    return lr_scale(optimizer.lr_scaling, samples, optimizer.lr_batch);
  };
  return {.kind = schedule.name,
          .target_rate = optimizer.lr * scale(static_cast<double>(batch) * lanes),
          .epochs = epochs,
          .warmup_epochs = schedule.warmup_epochs,
          .warmup_begin = 0,
          .warmup_rate = optimizer.lr * scale(batch)};
}

LrSchedule continue_schedule(const LrSchedule& saved, const LrSchedule& planned, double progress,
                             double last_rate) {
  const bool same_curve = saved.kind == planned.kind && saved.target_rate == planned.target_rate &&
                          saved.epochs == planned.epochs &&
                          saved.warmup_epochs == planned.warmup_epochs;
  if (same_curve) return saved;
  LrSchedule schedule = planned;
  schedule.warmup_begin = progress;
  schedule.warmup_rate = last_rate;
  return schedule;
}

}  // namespace lockstep
