#include "comm/tree/reduction_plan.h"

#include <algorithm>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/communicator/topology.h"
#include "tests/comm/tree/symbolic_sum.h"

namespace lockstep {
namespace {

using testing::ElementsAre;

/// `rank` of nodes with these numbers of ranks.
Topology topology_of(const std::vector<int>& ranks_per_node, int rank) {
  std::vector<int> keys;
  for (std::size_t node = 0; node < ranks_per_node.size(); ++node) {
    keys.insert(keys.end(), ranks_per_node[node], static_cast<int>(node));
  }
  return order_by_node(keys, rank);
}

/// Ways to spread ranks over nodes: one node, one rank each, three each (and a rest), one rank
/// alone and the others.
std::vector<std::vector<int>> node_shapes(int ranks) {
  std::vector<std::vector<int>> shapes = {{ranks}, std::vector<int>(ranks, 1)};
  std::vector<int> threes(ranks / 3, 3);
  if (ranks % 3 != 0) threes.push_back(ranks % 3);
  shapes.push_back(threes);
  if (ranks > 2) shapes.push_back({1, ranks - 1});
  return shapes;
}

/// The sum that `self` computes for its slice, from what all others send it.
Expression computed_by(const std::vector<int>& shape, int self, int lanes) {
  const ReductionPlan plan(lanes, topology_of(shape, self));
  const auto of_ranks = [&](int node) {
    const ReductionPlan there(lanes, topology_of(shape, plan.first_rank(node)));
    std::vector<Expression> partials;
    for (int rank = plan.first_rank(node); rank < plan.last_rank(node); ++rank) {
      const std::vector<Expression> slots = run(there.schedule(rank));
      EXPECT_EQ(std::ssize(slots), plan.rank_partials(rank));
      partials.insert(partials.end(), slots.begin(), slots.end());
    }
    return partials;
  };
  std::vector<Expression> inputs;
  for (int node = 0; node < plan.topology().nodes; ++node) {
    std::vector<Expression> partials = of_ranks(node);
    if (node != plan.topology().node) {
      const ReductionPlan relay(lanes, topology_of(shape, plan.relay(self, node)));
      partials = run(relay.node_program(), partials);
      EXPECT_EQ(std::ssize(partials), plan.node_partials(node));
    }
    inputs.insert(inputs.end(), partials.begin(), partials.end());
  }
  return run(plan.root_program(), inputs).at(0);
}

TEST(ReductionPlan, EveryOwnerComputesTheDocumentedTree) {
  for (int lanes = 1; lanes <= 64; ++lanes) {
    for (int ranks = 1; ranks <= lanes; ranks += lanes > 20 ? 7 : 1) {
      for (const std::vector<int>& shape : node_shapes(ranks)) {
        for (int rank : {0, ranks / 2, ranks - 1}) {
          ASSERT_EQ(computed_by(shape, rank, lanes), documented_expression(lanes))
              << lanes << " lanes, rank " << rank << " of nodes " << testing::PrintToString(shape);
        }
      }
    }
  }
}

TEST(ReductionPlan, OneRankOfEachNodeRelaysASlice) {
  for (const std::vector<int>& shape : {std::vector{4}, {2, 2}, {1, 3}, {3, 1}, {5, 2, 1}}) {
    const int ranks = std::accumulate(shape.begin(), shape.end(), 0);
    const ReductionPlan plan(ranks, topology_of(shape, 0));
    std::vector<int> relays(ranks, 0);
    for (int rank = 0; rank < ranks; ++rank) {
      for (int owner : plan.relayed_by(rank)) {
        ++relays[owner];
        EXPECT_EQ(plan.relay(owner, plan.topology().node_of[rank]), rank);
      }
      EXPECT_THAT(plan.relayed_by(rank), testing::Contains(rank));
    }
    EXPECT_THAT(relays, testing::Each(std::ssize(shape)));
  }
}

TEST(ReductionPlan, AlignedLanesMoveTheBytesOfARing) {
  // 2 nodes: each sends half of its one partial sum, and its half of the result.
  EXPECT_EQ(ReductionPlan(8, topology_of({4, 4}, 0)).bytes_between_nodes(1000), 4 * (500 + 500));
  // Ranges that do not fit the tree: node 0 holds lanes 0-2 of 6, as (0+1) and 2.
  EXPECT_EQ(ReductionPlan(6, topology_of({1, 1}, 0)).bytes_between_nodes(1000),
            4 * (2 * 500 + 500));
  EXPECT_EQ(ReductionPlan(8, topology_of({4}, 0)).bytes_between_nodes(1000), 0);
}

TEST(ReductionPlan, OfManyRanksHoldsWhatItsOwnNodeDoes) {
  // 512 nodes of 8 ranks with 3 lanes each: the 24 lanes of a node are one node of the tree of 16
  // lanes and one of 8.
  const ReductionPlan plan(3 * 4096, topology_of(std::vector<int>(512, 8), 2049));
  EXPECT_EQ(plan.topology().node, 256);
  EXPECT_EQ(plan.schedule(2055).turns.size(), 3);
  EXPECT_EQ(plan.node_partials(256), 2);
  EXPECT_EQ(plan.node_program().outputs, 2);
  EXPECT_EQ(plan.relayed_by(2049).size(), 512);
  EXPECT_EQ(plan.relayed_by(2049)[511], 4089);
  EXPECT_LE(plan.root_program().inputs, 2 * 511 + 2 * 8);
}

TEST(ReductionPlan, DescribesWhatCrosses) {
  EXPECT_EQ(ReductionPlan(6, topology_of({1, 1}, 0)).describe(1'000'000),
            "6 lanes of 4.0 MB on 2 ranks; at most 2 partial sums from a rank and 2 from each of 2 "
            "nodes, which sends at most 6.0 MB to the others");
}

TEST(SliceOf, CoversEverythingOnceInMultiplesOfTheGranule) {
  for (std::int64_t size : {1, 5, 64, 100, 1000, 4096, 10001}) {
    for (int parts : {1, 2, 3, 7, 16}) {
      std::int64_t next = 10;
      for (int part = 0; part < parts; ++part) {
        const ElementRange slice = slice_of({10, 10 + size}, part, parts, 64);
        ASSERT_EQ(slice.begin, next);
        ASSERT_LE(slice.size(), slice_length({10, 10 + size}, parts, 64));
        ASSERT_TRUE(slice.end == 10 + size || (slice.begin - 10) % 64 == 0);
        next = slice.end;
      }
      ASSERT_EQ(next, 10 + size);
    }
  }
}

TEST(OrderByNode, OfRanksDealtOutOverManyNodes) {
  std::vector<int> keys;
  for (int i = 0; i < 4096; ++i) keys.push_back(1000 - i % 512);
  const Topology topology = order_by_node(keys, 2 * 512 + 7);
  EXPECT_EQ(topology.nodes, 512);
  EXPECT_EQ(topology.node, 7);
  EXPECT_EQ(topology.local_rank, 2);
  EXPECT_EQ(topology.rank, 7 * 8 + 2);
  EXPECT_TRUE(std::ranges::is_sorted(topology.node_of));
}

TEST(OrderByNode, NumbersRanksNodeByNode) {
  const std::vector<int> keys = {7, 3, 7, 3, 9};  // dealt out in turn by the launcher
  const Topology third = order_by_node(keys, 3);
  EXPECT_EQ(third.rank, 3);
  EXPECT_EQ(third.node, 1);
  EXPECT_EQ(third.local_rank, 1);
  EXPECT_EQ(third.local_size, 2);
  EXPECT_EQ(third.nodes, 3);
  EXPECT_EQ(third.size, 5);
  EXPECT_THAT(third.node_of, ElementsAre(0, 0, 1, 1, 2));
  EXPECT_EQ(order_by_node(keys, 2).rank, 1);
  EXPECT_EQ(order_by_node(keys, 1).rank, 2);
  EXPECT_THAT(node_starts(third), ElementsAre(0, 2, 4, 5));
}

}  // namespace
}  // namespace lockstep
