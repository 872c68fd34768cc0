#include "trainer/schedule/curve.h"

#include <cassert>
#include <string>

#include "core/error.h"

namespace lockstep {

Curve make_curve(const ScheduleOptions& options) {
  switch (options.name) {
    case ScheduleKind::constant:
      return ConstantCurve{};
    case ScheduleKind::cosine:
      return CosineCurve{};
    case ScheduleKind::step:
      return StepCurve{options.step_epochs, options.gamma};
    case ScheduleKind::multi_step:
      return MultiStepCurve{options.milestones, options.gamma};
    case ScheduleKind::exponential:
      return ExponentialCurve{options.gamma};
    case ScheduleKind::polynomial:
      return PolynomialCurve{options.power};
    case ScheduleKind::one_cycle:
      return OneCycleCurve{options.pct_start,      options.div_factor,    options.final_div_factor,
                           options.cycle_momentum, options.base_momentum, options.max_momentum};
    case ScheduleKind::warm_restarts:
      return WarmRestartsCurve{options.cycle_epochs, options.cycle_mult};
    case ScheduleKind::plateau:
      return PlateauCurve{options.metric,    options.factor,   options.patience,
                          options.threshold, options.cooldown, options.min_factor};
    case ScheduleKind::phases:
      return PhasesCurve{options.phases};
  }
  assert(false);
  return ConstantCurve{};
}

std::string_view name_of(const Curve& curve) {
  return std::visit([](const auto& kind) { return name_of(kind.kKind); }, curve);
}

double factor(const Curve& curve, const CurveState& state, double progress, CurveSpan span) {
  return std::visit([&](const auto& kind) { return kind.factor(state, progress, span); }, curve);
}

std::optional<double> momentum(const Curve& curve, double progress, CurveSpan span) {
  const auto* cycle = std::get_if<OneCycleCurve>(&curve);
  return cycle != nullptr ? cycle->momentum(progress, span) : std::nullopt;
}

CurveState after_epoch(const Curve& curve, const CurveState& state,
                       std::span<const EpochMetric> metrics) {
  return std::visit([&](const auto& kind) { return kind.after_epoch(state, metrics); }, curve);
}

nlohmann::json curve_to_json(const Curve& curve) {
  nlohmann::json json = std::visit([](const auto& kind) { return nlohmann::json(kind); }, curve);
  json["name"] = name_of(curve);
  return json;
}

Curve read_curve(const JsonFields<nlohmann::json>& fields) {
  const auto kind = parse_name<ScheduleKind>(fields.text("name"), "schedule", ExitCode::storage);
  Curve curve = make_curve({.name = kind});
  std::visit([&](auto& parameters) { read_fields(fields, parameters); }, curve);
  return curve;
}

}  // namespace lockstep
