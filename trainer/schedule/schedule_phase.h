#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/names.h"

namespace lockstep {

enum class PhaseShape {
  constant,
  linear,
  cosine,       ///< half a cosine
  exponential,  ///< by the same factor in each epoch
};
inline constexpr EnumName<PhaseShape> kPhaseShapeNames[] = {
    {PhaseShape::constant, "constant"},
    {PhaseShape::linear, "linear"},
    {PhaseShape::cosine, "cosine"},
    {PhaseShape::exponential, "exponential"}};
constexpr std::span<const EnumName<PhaseShape>> enum_names(PhaseShape) { return kPhaseShapeNames; }

inline constexpr std::int64_t kMostEpochs = 1'000'000;
inline constexpr double kLeastEpochs = 0.01;  ///< of a step, a cycle or a phase
inline constexpr double kMostPhaseFactor = 1000;

/// One phase of a schedule of phases: how the rate goes from one part of the target rate to
/// another.
struct SchedulePhase {
  PhaseShape shape = PhaseShape::constant;
  double epochs = 1;
  double from = 1;  ///< a part of the target rate; of PhaseShape::exponential above 0
  double to = 1;    ///< the same

  /// The part of the target rate at `position` in [0, 1].
  double factor(double position) const;
  bool operator==(const SchedulePhase&) const = default;
};

/// The phases that `texts` name, each "SHAPE EPOCHS [from FACTOR] [to FACTOR]": without `from` a
/// phase begins where the one before ended, the first at 1. Throws Error(`code`) that says what is
/// wrong with which phase.
///
///     parse_phases({{"linear 2 from 0.1 to 1", "constant 10", "cosine 8 to 0.01"}}, code)
std::vector<SchedulePhase> parse_phases(std::span<const std::string> texts, ExitCode code);

/// The same as texts, all with `from`.
std::vector<std::string> to_texts(std::span<const SchedulePhase> phases);

/// In epochs, of all together.
double length(std::span<const SchedulePhase> phases);

}  // namespace lockstep
