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
  std::vector<LaneRange> of_ranks;
  for (int rank = first_rank(topology_.node); rank < last_rank(topology_.node); ++rank) {
    schedules_.push_back(tree_schedule(lanes_of(rank), lanes));
    append(of_ranks, partial_sums(lanes_of(rank), lanes));
  }
  node_program_ = sum_program(of_ranks, lanes);
  std::vector<LaneRange> root_inputs;
  for (int node = 0; node < topology_.nodes; ++node) {
    append(root_inputs, node == topology_.node ? of_ranks : partial_sums_of(node));
  }
  root_program_ = sum_program(root_inputs, lanes);
  assert(root_program_.outputs == 1);
}

LaneRange ReductionPlan::lanes_of(int rank) const {
  return lanes_of_rank(lanes_, rank, topology_.size);
}

std::vector<LaneRange> ReductionPlan::partial_sums_of(int node) const {
  return partial_sums({lanes_of(first_rank(node)).first, lanes_of(last_rank(node) - 1).last},
                      lanes_);
}

int ReductionPlan::rank_partials(int rank) const {
  return static_cast<int>(partial_sums(lanes_of(rank), lanes_).size());
}

int ReductionPlan::node_partials(int node) const {
  return static_cast<int>(partial_sums_of(node).size());
}

int ReductionPlan::relay(int owner, int node) const {
  const int local = owner - first_rank(topology_.node_of[owner]);
  return first_rank(node) + local % (last_rank(node) - first_rank(node));
}

std::vector<int> ReductionPlan::relayed_by(int rank) const {
  const int own = topology_.node_of[rank];
  const int step = last_rank(own) - first_rank(own);
  std::vector<int> owners;
  for (int node = 0; node < topology_.nodes; ++node) {
    for (int owner = first_rank(node) + rank - first_rank(own); owner < last_rank(node);
         owner += step) {
      owners.push_back(owner);
    }
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
  for (int rank = 0; rank < topology_.size; ++rank)
    of_rank = std::max(of_rank, rank_partials(rank));
  for (int node = 0; node < topology_.nodes; ++node)
    of_node = std::max(of_node, node_partials(node));
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
