#pragma once

#include <span>

#include "core/names.h"

namespace lockstep {

enum class ScheduleKind { constant, cosine };
inline constexpr EnumName<ScheduleKind> kScheduleNames[] = {{ScheduleKind::constant, "constant"},
                                                            {ScheduleKind::cosine, "cosine"}};
constexpr std::span<const EnumName<ScheduleKind>> enum_names(ScheduleKind) {
  return kScheduleNames;
}

/// The `schedule` section of a config.
struct ScheduleOptions {
  ScheduleKind name = ScheduleKind::cosine;
  double warmup_epochs = 0;  ///< length of the linear warm-up
};

}  // namespace lockstep
