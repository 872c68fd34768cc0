#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "comm/communicator/topology.h"
#include "comm/tree/element_range.h"
#include "comm/tree/lane_schedule.h"
#include "comm/tree/sum_program.h"

namespace lockstep {

/// Who adds what in the exact reduction of L lanes over the ranks of `topology`: the partial sums
/// of ranks become those of nodes, and these the sum of all lanes. The elements are cut into one
/// slice for each rank, its owner, which computes the final sum of that slice. What goes into it
/// from another node, and what comes back to it, passes one rank there, the owner's relay, so that
/// between nodes a slice travels once in each direction. A pure function of (L, topology): every
/// rank makes the same plan, and holds the part of its own node.
///
///     const ReductionPlan plan(lanes, communicator.topology());
///     LaneSlots slots(plan.schedule(rank), tensors);
///     log(plan.describe(elements));
class ReductionPlan {
 public:
  ReductionPlan(int lanes, Topology topology);

  const Topology& topology() const { return topology_; }
  /// How `rank`, of this node, accumulates its lanes; it ends with `rank_partials(rank)` in its
  /// first slots.
  const LaneSchedule& schedule(int rank) const {
    return schedules_[rank - first_rank(topology_.node)];
  }
  int rank_partials(int rank) const;
  /// The partial sums of a node, after its ranks' have been added.
  int node_partials(int node) const;

  /// [first, last) rank of a node.
  int first_rank(int node) const { return starts_[node]; }
  int last_rank(int node) const { return starts_[node + 1]; }
  /// The rank of `node` that handles the slice of `owner` there: the owner itself on its own node.
  int relay(int owner, int node) const;
  /// The owners whose slices `rank` relays on its node, itself included; ascending.
  std::vector<int> relayed_by(int rank) const;

  /// From the partial sums of this node's ranks (rank by rank, slot by slot) to those of the node.
  const SumProgram& node_program() const { return node_program_; }
  /// To the sum of all lanes, from: for each node in order, its partial sums, but for this node
  /// those of its ranks.
  const SumProgram& root_program() const { return root_program_; }

  /// Bytes that a node sends to other nodes in a step, at most, for float32 buffers of this length.
  std::int64_t bytes_between_nodes(std::int64_t elements) const;
  /// For the start-up line: how many partial sums a rank and a node give, and what that is in
  /// bytes.
  std::string describe(std::int64_t elements) const;

 private:
  LaneRange lanes_of(int rank) const;
  std::vector<LaneRange> partial_sums_of(int node) const;

  int lanes_;
  Topology topology_;
  std::vector<int> starts_;              // [nodes + 1]
  std::vector<LaneSchedule> schedules_;  // [ranks of this node]
  SumProgram node_program_;
  SumProgram root_program_;
};

}  // namespace lockstep
