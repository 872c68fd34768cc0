#include "trainer/schedule/lr_schedule.h"

#include <algorithm>
#include <cmath>

namespace lockstep {
namespace {

double curve_rate(const LrSchedule& schedule, double progress) {
  const auto unfrozen =
      std::ranges::count_if(schedule.unfreezes, [&](double begin) { return begin <= progress; });
  return schedule.target_rate *
         factor(schedule.curve, schedule.state, progress,
                {schedule.warmup_epochs, schedule.epochs}) *
         std::pow(schedule.unfreeze_factor, static_cast<double>(unfrozen));
}

}  // namespace

double LrSchedule::rate(double progress) const {
  const double warmup_end = warmup_begin + warmup_epochs;
  if (progress >= warmup_end) return curve_rate(*this, progress);
  const double reached = curve_rate(*this, warmup_end);
  return warmup_rate + (reached - warmup_rate) * (progress - warmup_begin) / warmup_epochs;
}

std::optional<double> LrSchedule::momentum(double progress) const {
  return lockstep::momentum(curve, progress, {warmup_epochs, epochs});
}

void LrSchedule::end_epoch(std::span<const EpochMetric> metrics) {
  state = after_epoch(curve, state, metrics);
}

void to_json(nlohmann::json& json, const LrSchedule& schedule) {
  json = curve_to_json(schedule.curve);
  json["state"] = schedule.state;
  json["target_rate"] = schedule.target_rate;
  json["epochs"] = schedule.epochs;
  json["warmup_epochs"] = schedule.warmup_epochs;
  json["warmup_begin"] = schedule.warmup_begin;
  json["warmup_rate"] = schedule.warmup_rate;
  if (!schedule.unfreezes.empty()) {
    json["unfreezes"] = schedule.unfreezes;
    json["unfreeze_factor"] = schedule.unfreeze_factor;
  }
  if (schedule.stop_below > 0) json["stop_below"] = schedule.stop_below;
}

LrSchedule read_schedule(const JsonFields<nlohmann::json>& fields) {
  LrSchedule schedule;
  schedule.curve = read_curve(fields);
  const auto state = fields.object("state");
  for (const std::string& name : state.keys()) schedule.state[name] = state.number(name);
  constexpr NumberRange kRates{0, kMostRate}, kEpochs{0, kMostEpochs};
  schedule.target_rate = fields.number("target_rate", kRates);
  schedule.epochs = fields.number("epochs", kEpochs);
  schedule.warmup_epochs = fields.number("warmup_epochs", kEpochs);
  schedule.warmup_begin = fields.number("warmup_begin", kEpochs);
  schedule.warmup_rate = fields.number("warmup_rate", kRates);
  if (fields.has("unfreezes")) {
    schedule.unfreezes = fields.numbers("unfreezes", kEpochs);
    schedule.unfreeze_factor = fields.number("unfreeze_factor", kRates);
  }
  if (fields.has("stop_below")) schedule.stop_below = fields.number("stop_below", kRates);
  return schedule;
}

LrSchedule make_schedule(const ScheduleOptions& schedule, const BaseRate& rate, double epochs,
                         int batch, int lanes) {
  return {.curve = make_curve(schedule),
          .state = {},
          .target_rate = rate.for_batch(static_cast<double>(batch) * lanes),
          .epochs = epochs,
          .warmup_epochs = schedule.warmup_epochs,
          .warmup_begin = 0,
          .warmup_rate = rate.for_batch(batch),
          .stop_below = schedule.name == ScheduleKind::plateau ? schedule.stop_below : 0};
}

LrSchedule continue_schedule(const LrSchedule& saved, const LrSchedule& planned, double progress,
                             double last_rate) {
  const bool same_curve =
      saved.curve == planned.curve && saved.target_rate == planned.target_rate &&
      saved.epochs == planned.epochs && saved.warmup_epochs == planned.warmup_epochs &&
      saved.unfreezes == planned.unfreezes && saved.unfreeze_factor == planned.unfreeze_factor;
  if (same_curve) {
    LrSchedule schedule = saved;
    schedule.stop_below = planned.stop_below;
    return schedule;
  }
  LrSchedule schedule = planned;
  if (saved.curve == planned.curve) schedule.state = saved.state;
  schedule.warmup_begin = progress;
  schedule.warmup_rate = last_rate;
  return schedule;
}

}  // namespace lockstep
