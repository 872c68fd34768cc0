#pragma once

#include <cstdint>

namespace lockstep {

/// The `rollback` section of a config: what a run does about a step whose loss or gradient is not
/// finite, or whose loss is far above those before it.
struct RollbackOptions {
  int at_most = 0;  ///< times in a run; 0: such a step ends the run
  /// So many steps before the bad one are undone too; their batches and its own are left out.
  std::int64_t steps = 20;
  /// A loss this many times the mean of those before it is a spike; 0: only what is not finite.
  double spike_factor = 0;

  bool is_on() const { return at_most > 0; }
};

}  // namespace lockstep
