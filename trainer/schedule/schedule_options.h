#pragma once

namespace lockstep {

enum class ScheduleKind { constant, cosine };

/// The `schedule` section of a config.
struct ScheduleOptions {
  ScheduleKind name = ScheduleKind::cosine;
  double warmup_epochs = 0;  ///< length of the linear warm-up
};

}  // namespace lockstep
