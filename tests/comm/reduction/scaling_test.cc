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

TEST(Scaling, FastMovesOneBuffer) {
  const StepTraffic fast = traffic(512, 2049, 4096, ReductionKind::fast);
  EXPECT_EQ(fast.all_reduced, kBytes);
  EXPECT_EQ(fast.messages, 0);
}

}  // namespace
}  // namespace lockstep
