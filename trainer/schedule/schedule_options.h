#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/names.h"
#include "trainer/schedule/schedule_phase.h"

namespace lockstep {

enum class ScheduleKind {
  constant,
  cosine,
  step,
  multi_step,
  exponential,
  polynomial,
  one_cycle,
  warm_restarts,
  plateau,
  phases
};
inline constexpr EnumName<ScheduleKind> kScheduleNames[] = {
    {ScheduleKind::constant, "constant"},
    {ScheduleKind::cosine, "cosine"},
    {ScheduleKind::step, "step"},
    {ScheduleKind::multi_step, "multi_step"},
    {ScheduleKind::exponential, "exponential"},
    {ScheduleKind::polynomial, "polynomial"},
    {ScheduleKind::one_cycle, "one_cycle"},
    {ScheduleKind::warm_restarts, "warm_restarts"},
    {ScheduleKind::plateau, "plateau"},
    {ScheduleKind::phases, "phases"}};
constexpr std::span<const EnumName<ScheduleKind>> enum_names(ScheduleKind) {
  return kScheduleNames;
}

// The limits of the numbers below, for configs and checkpoints; of epochs: schedule_phase.h.
inline constexpr double kMostPower = 100;
inline constexpr double kMostRise = 0.99;  ///< of pct_start
inline constexpr double kMostDivisor = 1e12;
inline constexpr double kMostCycleMult = 100;

/// The `schedule` section of a config.
struct ScheduleOptions {
  ScheduleKind name = ScheduleKind::cosine;
  double warmup_epochs = 0;  ///< length of the linear warm-up

  // Of some schedules: own_options says which. The defaults are torch.optim's.

  double step_epochs = 30;
  std::vector<float> milestones = {};  ///< epochs, ascending
  double gamma = 0.1;                  ///< the rate's factor at each of them, or in each epoch
  double power = 1;
  double pct_start = 0.3;         ///< part of the run in which the rate rises
  double div_factor = 25;         ///< by which the first rate is less than the highest
  double final_div_factor = 1e4;  ///< by which the last rate is less than the first
  bool cycle_momentum = true;     ///< the momentum falls while the rate rises, and back
  double base_momentum = 0.85;    ///< at the highest rate
  double max_momentum = 0.95;     ///< at the first and the last
  double cycle_epochs = 10;
  double cycle_mult = 1;  ///< a cycle's length in units of the one before
  std::string metric = "auto";
  double factor = 0.1;
  int patience = 10;  ///< epochs
  double threshold = 1e-4;
  int cooldown = 0;       ///< epochs
  double min_factor = 0;  ///< of the rate before the first reduction
  double stop_below = 0;  ///< the run ends when the rate is less
  std::vector<SchedulePhase> phases = {};
};

inline constexpr std::array<std::string_view, 2> kStepOptions = {"step_epochs", "gamma"};
inline constexpr std::array<std::string_view, 2> kMultiStepOptions = {"milestones", "gamma"};
inline constexpr std::array<std::string_view, 1> kExponentialOptions = {"gamma"};
inline constexpr std::array<std::string_view, 1> kPolynomialOptions = {"power"};
inline constexpr std::array<std::string_view, 6> kOneCycleOptions = {
    "pct_start",      "div_factor",    "final_div_factor",
    "cycle_momentum", "base_momentum", "max_momentum"};
inline constexpr std::array<std::string_view, 2> kWarmRestartsOptions = {"cycle_epochs",
                                                                         "cycle_mult"};
inline constexpr std::array<std::string_view, 7> kPlateauOptions = {
    "metric", "factor", "patience", "threshold", "cooldown", "min_factor", "stop_below"};
inline constexpr std::array<std::string_view, 1> kPhasesOptions = {"phases"};

/// The options that not every schedule takes, by their keys in a config.
constexpr std::span<const std::string_view> own_options(ScheduleKind kind) {
  switch (kind) {
    case ScheduleKind::constant:
    case ScheduleKind::cosine:
      return {};
    case ScheduleKind::step:
      return kStepOptions;
    case ScheduleKind::multi_step:
      return kMultiStepOptions;
    case ScheduleKind::exponential:
      return kExponentialOptions;
    case ScheduleKind::polynomial:
      return kPolynomialOptions;
    case ScheduleKind::one_cycle:
      return kOneCycleOptions;
    case ScheduleKind::warm_restarts:
      return kWarmRestartsOptions;
    case ScheduleKind::plateau:
      return kPlateauOptions;
    case ScheduleKind::phases:
      return kPhasesOptions;
  }
  return {};
}

}  // namespace lockstep
