#include "comm/tree/reduction_plan.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

namespace lockstep {
namespace {

void append(std::vector<LaneRange>& to, const std::vector<LaneRange>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

double megabytes(std::int64_t bytes) { return static_cast<double>(bytes) / 1e6; }

}  // namespace

ReductionPlan::ReductionPlan(int lanes, Topology topology)
    : lanes_(lanes), topology_(std::move(topology)), starts_(node_starts(topology_)) {
  std::vector<LaneRange> root_inputs;
  for (int node = 0; node < topology_.nodes; ++node) {
    std::vector<LaneRange> of_ranks;
    for (int rank = first_rank(node); rank < last_rank(node); ++rank) {
      const LaneRange range = lanes_of_rank(lanes, rank, topology_.size);
      schedules_.push_back(tree_schedule(range, lanes));
      append(of_ranks, partial_sums(range, lanes));
    }
    node_programs_.push_back(sum_program(of_ranks, lanes));
    const LaneRange of_node = {of_ranks.front().first, of_ranks.back().last};
    append(root_inputs, node == topology_.node ? of_ranks : partial_sums(of_node, lanes));
  }
  root_program_ = sum_program(root_inputs, lanes);
  assert(root_program_.outputs == 1);
}

int ReductionPlan::relay(int owner, int node) const {
  const int local = owner - first_rank(topology_.node_of[owner]);
  return first_rank(node) + local % (last_rank(node) - first_rank(node));
}

std::vector<int> ReductionPlan::relayed_by(int rank) const {
  std::vector<int> owners;
  for (int owner = 0; owner < topology_.size; ++owner) {
    if (relay(owner, topology_.node_of[rank]) == rank) owners.push_back(owner);
  }
  return owners;
}

std::int64_t ReductionPlan::bytes_between_nodes(std::int64_t elements) const {
  std::int64_t most = 0;
  for (int node = 0; node < topology_.nodes; ++node) {
    const std::int64_t ranks = last_rank(node) - first_rank(node);
    const std::int64_t own =
        elements * ranks / topology_.size;  // that ranks of the node are the owners of
    most = std::max(most, node_partials(node) * (elements - own) + own * (topology_.nodes - 1));
  }
  return most * static_cast<std::int64_t>(sizeof(float));
}

std::string ReductionPlan::describe(std::int64_t elements) const {
  int of_rank = 0;
  int of_node = 0;
  for (const LaneSchedule& schedule : schedules_) of_rank = std::max(of_rank, schedule.partials);
  for (const SumProgram& program : node_programs_) of_node = std::max(of_node, program.outputs);
  std::string text = fmt::format(
      "{} lanes of {:.1f} MB on {} ranks; at most {} partial sums from a rank", lanes_,
      megabytes(elements * static_cast<std::int64_t>(sizeof(float))), topology_.size, of_rank);
  if (topology_.nodes > 1) {
    text +=
        fmt::format(" and {} from each of {} nodes, which sends at most {:.1f} MB to the others",
                    of_node, topology_.nodes, megabytes(bytes_between_nodes(elements)));
  }
  return text;
}

}  // namespace lockstep
