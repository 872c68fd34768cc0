#include "sharding/feed/cursor.h"

#include <cassert>

#include "core/error.h"

namespace lockstep {

void check_epoch_shape(const EpochShape& shape) {
  check(shape.global_batch > 0, ExitCode::usage, "train.lanes and train.batch must be at least 1");
  check(shape.samples >= shape.global_batch, ExitCode::usage,
        "the split has {} samples, less than one step's {} (train.lanes x train.batch); lower "
        "train.batch or train.lanes, or raise data.limit",
        shape.samples, shape.global_batch);
}

Cursor advance(const Cursor& cursor, std::uint64_t steps, const EpochShape& shape) {
  const std::uint64_t left = steps_left_in_epoch(cursor, shape);
  if (steps < left) return {cursor.epoch, cursor.offset + steps * shape.global_batch};
  const std::uint64_t per_epoch = shape.steps_per_epoch();
  assert(per_epoch > 0);
  const std::uint64_t beyond = steps - left;
  return {cursor.epoch + 1 + beyond / per_epoch, beyond % per_epoch * shape.global_batch};
}

std::uint64_t steps_left_in_epoch(const Cursor& cursor, const EpochShape& shape) {
  assert(shape.global_batch > 0);
  if (cursor.offset >= shape.samples) return 0;
  return (shape.samples - cursor.offset) / shape.global_batch;
}

std::uint64_t steps_until_epoch(const Cursor& cursor, std::uint64_t epoch,
                                const EpochShape& shape) {
  if (cursor.epoch >= epoch) return 0;
  return steps_left_in_epoch(cursor, shape) + (epoch - cursor.epoch - 1) * shape.steps_per_epoch();
}

double epochs_done(const Cursor& cursor, const EpochShape& shape) {
  assert(shape.samples > 0);
  return static_cast<double>(cursor.epoch) +
         static_cast<double>(cursor.offset) / static_cast<double>(shape.samples);
}

}  // namespace lockstep
