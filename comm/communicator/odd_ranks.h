#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator/communicator.h"

namespace lockstep {

/// Who holds something else, where all should hold the same.
struct OddRanks {
  std::vector<int> ranks;  ///< ascending; empty: all are equal
  /// More than half of all ranks agree, and these are the others; else all ranks are named, and
  /// nothing says who is right.
  bool against_majority = false;
};

/// `digests` in rank order.
OddRanks find_odd_ranks(std::span<const std::string> digests);

/// Collective. Every rank says the `digest`, of one length, of what it holds. Empty where all are
/// equal; else, on every rank, who differs: "rank 2 on node7 holds other bits than the other 3
/// ranks".
std::string tell_odd_ranks(Communicator& communicator, std::string_view digest);

}  // namespace lockstep
