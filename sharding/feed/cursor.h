#pragma once

#include <cstdint>

namespace lockstep {

/// How far training is: the next step takes the epoch's positions offset, offset + 1, ... It is
/// the whole state of the sampler. A step takes one global batch (lanes x batch) of positions; what
/// is left of an epoch when less than a global batch remains is dropped, and the next step begins
/// the next epoch.
struct Cursor {
  std::uint64_t epoch = 0;
  std::uint64_t offset = 0;  ///< in samples

  bool operator==(const Cursor&) const = default;
};

/// How far one epoch reaches and how much of it a step takes.
struct EpochShape {
  std::uint64_t samples = 0;       ///< N
  std::uint64_t global_batch = 0;  ///< lanes x batch

  /// Steps of an epoch that is begun at its start.
  std::uint64_t steps_per_epoch() const { return samples / global_batch; }
};

/// Throws Error(usage) where an epoch holds not even one step.
void check_epoch_shape(const EpochShape& shape);

/// The cursor `steps` steps after `cursor`; O(1). The result always has a whole step in front of
/// it: at an epoch's end it is the next epoch's start. So advance(cursor, 0) settles a cursor that
/// was saved under a smaller global batch.
Cursor advance(const Cursor& cursor, std::uint64_t steps, const EpochShape& shape);

/// Steps from `cursor` until its own epoch has ended: 0 where less than a global batch remains.
std::uint64_t steps_left_in_epoch(const Cursor& cursor, const EpochShape& shape);

/// Steps from `cursor` to the start of epoch `epoch`; 0 where the cursor is there or past it.
std::uint64_t steps_until_epoch(const Cursor& cursor, std::uint64_t epoch, const EpochShape& shape);

/// Epochs done, as a real number: what schedules are functions of.
double epochs_done(const Cursor& cursor, const EpochShape& shape);

}  // namespace lockstep
