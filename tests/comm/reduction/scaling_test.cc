// The numbers of docs/scaling.md: what a rank of 4,096 moves in a step.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/bench/counted_step.h"

namespace lockstep {
namespace {

/// A buffer that 4,096 slices of whole granules cut without a rest.
constexpr std::int64_t kElements = std::int64_t{4096} * ExactBucket::kGranule * 100;
constexpr std::int64_t kBytes = kElements * sizeof(float);

StepTraffic traffic(int nodes, int rank, int lanes, ReductionKind kind = ReductionKind::exact) {
  CountedReducer reducer(many_nodes(nodes, 8, rank),
                         {.kind = kind, .lanes = lanes, .elements = kElements});
  return reducer.step();
}

TEST(Scaling, ANodeSendsAsARingHoweverManyNodesThereAre) {
  for (const int nodes : {2, 64, 512}) {
    std::int64_t sent = 0;
    std::int64_t slices = 0;
    for (int rank = 8; rank < 16; ++rank) {  // all ranks of the second node
      const StepTraffic of_rank = traffic(nodes, rank, 8 * nodes);
      sent += of_rank.sent_elsewhere;
      slices += of_rank.own_slices;
    }
    EXPECT_EQ(sent, kBytes / nodes * (nodes - 1)) << nodes;
    EXPECT_EQ(slices, kBytes / nodes) << nodes;
    EXPECT_EQ(sent + slices * (nodes - 1),
              ReductionPlan(8 * nodes, many_nodes(nodes, 8, 8)).bytes_between_nodes(kElements));
  }
}

TEST(Scaling, OfThreeLanesARankTwoPartialSumsOfANodeCross) {
  EXPECT_EQ(traffic(512, 2049, 3 * 4096).sent_elsewhere, 2 * kBytes / 8 / 512 * 511);
}

TEST(Scaling, PeersGrowWithNodesAndMessagesWithBuckets) {
  const StepTraffic few = traffic(2, 0, 16);
  EXPECT_EQ(few.peers.size(), 7u + 1);
  const StepTraffic many = traffic(512, 2049, 4096);
  EXPECT_EQ(many.peers.size(), 7u + 511);
  // In each of 5 buckets: a strip to and from 7 ranks of the node, a slice to and from 511 nodes.
  EXPECT_EQ(many.messages, 5 * 2 * (7 + 511));
}

TEST(Scaling, ResNet50MovesWhatIsDocumented) {
  constexpr std::int64_t elements = 25'611'872;  // as bench_plan prints them
  const auto megabytes_of_node = [&](int nodes, int lanes_per_rank) {
    const ReductionPlan plan(8 * nodes * lanes_per_rank, many_nodes(nodes, 8, 0));
    return static_cast<double>(plan.bytes_between_nodes(elements)) / 1e6;
  };
  EXPECT_NEAR(megabytes_of_node(8, 1), 179.3, 0.05);
  EXPECT_NEAR(megabytes_of_node(64, 1), 201.7, 0.05);
  EXPECT_NEAR(megabytes_of_node(512, 1), 204.5, 0.05);
  EXPECT_NEAR(megabytes_of_node(512, 3), 306.7, 0.05);
  CountedReducer reducer(many_nodes(512, 8, 4095), {.lanes = 4096, .elements = elements});
  const StepTraffic traffic = reducer.step();
  EXPECT_EQ(traffic.peers.size(), 518u);
  EXPECT_EQ(traffic.messages, 5180);
  EXPECT_NEAR(static_cast<double>(traffic.sent_to_node) / 1e6, 89.6, 0.05);
}

TEST(Scaling, FastMovesOneBuffer) {
  const StepTraffic fast = traffic(512, 2049, 4096, ReductionKind::fast);
  EXPECT_EQ(fast.all_reduced, kBytes);
  EXPECT_EQ(fast.messages, 0);
}

}  // namespace
}  // namespace lockstep
