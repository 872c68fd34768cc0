#include "comm/communicator/topology.h"

#include <algorithm>
#include <cassert>

namespace lockstep {

Topology order_by_node(std::span<const int> node_keys, int self) {
  assert(self >= 0 && self < std::ssize(node_keys));
  std::vector<int> keys;  // in order of first appearance: a key's place here is its node
  for (int key : node_keys) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  Topology topology{.size = static_cast<int>(node_keys.size()),
                    .local_size = 0,
                    .nodes = static_cast<int>(keys.size()),
                    .node_of = {}};
  for (int node = 0; node < topology.nodes; ++node) {
    for (int i = 0; i < topology.size; ++i) {
      if (node_keys[i] != keys[node]) continue;
      if (i == self) {
        topology.rank = static_cast<int>(topology.node_of.size());
        topology.node = node;
      }
      topology.node_of.push_back(node);
    }
  }
  const std::vector<int> starts = node_starts(topology);
  topology.local_rank = topology.rank - starts[topology.node];
  topology.local_size = starts[topology.node + 1] - starts[topology.node];
  return topology;
}

std::vector<int> node_starts(const Topology& topology) {
  std::vector<int> starts(topology.nodes + 1, topology.size);
  for (int rank = topology.size - 1; rank >= 0; --rank) starts[topology.node_of[rank]] = rank;
  return starts;
}

}  // namespace lockstep
