#pragma once

#include <span>
#include <vector>

namespace lockstep {

/// A rank's place among the others. Ranks are numbered node by node, whatever the launcher's
/// distribution, so the ranks of one node are consecutive.
struct Topology {
  int rank = 0;
  int size = 1;
  int local_rank = 0;    ///< this rank's number on its node
  int local_size = 1;    ///< ranks on this node
  int machine_rank = 0;  ///< on this machine, which nodes may be declared to be parts of
  int node = 0;
  int nodes = 1;
  std::vector<int> node_of = {0};  ///< [size], ascending
};

/// Numbers the processes of a job node by node. `node_keys[i]` is equal for processes of one node,
/// i being the number that the launcher gave; nodes are ordered by their lowest such number, and
/// the processes of a node keep theirs. Returns what process `self` becomes.
Topology order_by_node(std::span<const int> node_keys, int self);

/// The first rank of each node, and the number of ranks behind the last: [nodes + 1].
std::vector<int> node_starts(const Topology& topology);

}  // namespace lockstep
