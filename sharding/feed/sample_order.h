#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sharding/feed/class_members.h"

namespace lockstep {

/// Consecutive sample ids [first, first + count).
struct IdRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  bool operator==(const IdRange&) const = default;
};

/// Which sample is at each position of an epoch: a pure function of what it was made from, the
/// epoch and the position, that holds nothing of an epoch in memory. Thread-safe.
///
///     const std::shared_ptr<const SampleOrder> order = full_shuffle(samples, seed);
///     order->take(epoch, position, ids);   // ids of the samples at position, position + 1, ...
class SampleOrder {
 public:
  virtual ~SampleOrder() = default;

  /// Sets ids[i] to the sample at position `first` + i of the epoch.
  virtual void take(std::uint64_t epoch, std::uint64_t first,
                    std::span<std::uint64_t> ids) const = 0;

  /// What to ask the file system for when the epoch's positions [first, first + count) are about to
  /// be read by all ranks together; `start`: they are the first ones of this process. Empty where
  /// reading ahead does not help.
  virtual std::vector<IdRange> read_ahead(std::uint64_t /*epoch*/, std::uint64_t /*first*/,
                                          std::uint64_t /*count*/, bool /*start*/) const {
    return {};
  }
};

/// Every epoch is a permutation of all samples, each as likely as any other.
std::unique_ptr<SampleOrder> full_shuffle(std::uint64_t samples, std::uint64_t seed);

struct BlockShuffleOptions {
  std::uint64_t block_samples = 64;   ///< consecutive samples that are read as one piece
  std::uint64_t window_blocks = 256;  ///< blocks that are mixed with each other
};

/// Every epoch is a permutation of all samples that a disk can follow: the split is cut into blocks
/// of consecutive samples, the blocks are shuffled, and samples are shuffled inside windows of
/// `window_blocks` blocks. A window is read ahead, block by block, while the one before it is in
/// use. Samples of one epoch that are near each other in the split are at most a window apart in
/// its order.
std::unique_ptr<SampleOrder> block_shuffle(std::uint64_t samples, std::uint64_t seed,
                                           const BlockShuffleOptions& options);

/// Every epoch holds as many samples of one class as of any other (to one), in random order: each
/// sample of a rare class several times, a random part of a frequent class. What a class gives in
/// one epoch is without repetition until all of it was given, then once more, and so on.
std::unique_ptr<SampleOrder> balanced_shuffle(std::shared_ptr<const ClassMembers> members,
                                              std::uint64_t seed);

}  // namespace lockstep
