#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "trainer/schedule/constant_curve.h"
#include "trainer/schedule/cosine_curve.h"
#include "trainer/schedule/curve_state.h"
#include "trainer/schedule/exponential_curve.h"
#include "trainer/schedule/multi_step_curve.h"
#include "trainer/schedule/one_cycle_curve.h"
#include "trainer/schedule/phases_curve.h"
#include "trainer/schedule/plateau_curve.h"
#include "trainer/schedule/polynomial_curve.h"
#include "trainer/schedule/schedule_options.h"
#include "trainer/schedule/step_curve.h"
#include "trainer/schedule/warm_restarts_curve.h"

namespace lockstep {

/// How the rate changes after the warm-up. Each kind is a struct with
///
///     static constexpr ScheduleKind kKind;
///     double factor(state, progress, span) const;          // of the target rate, at `progress`
///     CurveState after_epoch(state, metrics) const;        // the state of the next epoch
///     operator==, to_json, read_fields                     // its parameters
///
/// and pure: all that it remembers is in the state.
using Curve =
    std::variant<ConstantCurve, CosineCurve, StepCurve, MultiStepCurve, ExponentialCurve,
                 PolynomialCurve, OneCycleCurve, WarmRestartsCurve, PlateauCurve, PhasesCurve>;

/// The curve that `options` name.
Curve make_curve(const ScheduleOptions& options);
std::string_view name_of(const Curve& curve);

/// The part of the target rate at `progress`, in epochs.
double factor(const Curve& curve, const CurveState& state, double progress, CurveSpan span);

/// The optimizer's momentum at `progress`; std::nullopt where the curve leaves it as it is.
std::optional<double> momentum(const Curve& curve, double progress, CurveSpan span);

/// The state in which the next epoch begins, after one that ended with `metrics`.
CurveState after_epoch(const Curve& curve, const CurveState& state,
                       std::span<const EpochMetric> metrics);

/// {"name": ..., and its parameters}.
nlohmann::json curve_to_json(const Curve& curve);
/// Throws Error(storage) for an unknown name, or a bad parameter.
Curve read_curve(const JsonFields<nlohmann::json>& fields);

}  // namespace lockstep
