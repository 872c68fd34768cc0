#pragma once

#include <span>

#include "comm/communicator/communicator.h"

namespace lockstep {

/// Numbers the processes of a job node by node. `node_keys[i]` is equal for processes of one node,
/// i being the number that the launcher gave; nodes are ordered by their lowest such number, and
/// the processes of a node keep theirs. Returns what process `self` becomes.
Topology order_by_node(std::span<const int> node_keys, int self);

/// The first rank of each node, and the number of ranks behind the last: [nodes + 1].
std::vector<int> node_starts(const Topology& topology);

}  // namespace lockstep
