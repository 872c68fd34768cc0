#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "sharding/feed/cursor.h"
#include "sharding/feed/sample_order.h"

namespace lockstep {

/// Which samples make one batch. Nothing here says how they are read.
struct BatchRequest {
  std::uint64_t index = 0;  ///< the batch's number among all ranks' batches of the plan
  std::uint64_t epoch = 0;  ///< with first_position: the counters of augmentation's randomness
  std::uint64_t first_position = 0;  ///< of ids[0] in the epoch's order; the others follow
  std::vector<std::uint64_t> ids;    ///< sample ids, in the batch's order
  bool augment = false;
  std::vector<IdRange> read_ahead;  ///< what to ask the file system for, before reading

  bool operator==(const BatchRequest&) const = default;
};

/// A rank's k-th batch, k = 0, 1, ...; nullopt from the plan's end on. A pure function: any thread
/// may ask for any k.
using BatchPlan = std::function<std::optional<BatchRequest>(std::uint64_t k)>;

struct TrainingBatchesOptions {
  std::uint64_t samples = 0;  ///< N
  std::uint64_t seed = 0;
  Cursor start = {};  ///< the first step's cursor
  int batch = 0;      ///< samples of a lane
  int lanes = 0;      ///< L, of all ranks
  /// The sample at each position of an epoch; nullptr: full_shuffle(samples, seed).
  std::shared_ptr<const SampleOrder> order = nullptr;
  int first_lane = 0;  ///< this rank runs [first_lane, last_lane)
  int last_lane = 0;
};

/// Endless. The rank's batches in the order in which it runs them: its lanes ascending, then the
/// next step's. Lane l, slot i of a step takes position cursor.offset + l x batch + i of the
/// epoch's order. A request's index is step x lanes + lane, steps counted from `start`. Throws
/// Error(usage) where an epoch holds less than one step.
BatchPlan training_batches(const TrainingBatchesOptions& options);

/// The samples in id order, cut into the same batches for any number of ranks (the last one may be
/// smaller); batch b goes to rank b mod ranks, and a request's index is b. Every sample is in
/// exactly one batch of one rank.
BatchPlan evaluation_batches(std::uint64_t samples, int batch, int rank, int ranks);

}  // namespace lockstep
