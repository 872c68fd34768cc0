#include "comm/communicator/topology.h"

#include <cassert>
#include <unordered_map>

namespace lockstep {

Topology order_by_node(std::span<const int> node_keys, int self) {
  assert(self >= 0 && self < std::ssize(node_keys));
  std::unordered_map<int, int> number;    // of each key's node, by first appearance
  std::vector<std::vector<int>> of_node;  // [nodes] the launcher's numbers
  for (int i = 0; i < std::ssize(node_keys); ++i) {
    const auto [node, is_new] = number.try_emplace(node_keys[i], static_cast<int>(of_node.size()));
    if (is_new) of_node.emplace_back();
    of_node[node->second].push_back(i);
  }
  Topology topology{.size = static_cast<int>(node_keys.size()),
                    .local_size = 0,
                    .node = number.at(node_keys[self]),
                    .nodes = static_cast<int>(of_node.size()),
                    .node_of = {}};
  for (int node = 0; node < topology.nodes; ++node) {
    for (const int i : of_node[node]) {
      if (i == self) topology.rank = static_cast<int>(topology.node_of.size());
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
