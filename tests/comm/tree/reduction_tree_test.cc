#include "comm/tree/reduction_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/tree/lane_schedule.h"
#include "comm/tree/sum_program.h"
#include "core/error.h"
#include "tests/comm/tree/symbolic_sum.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
constexpr int kMostLanes = 64;

TEST(LanesOfRank, FollowsTheIntegerDivision) {
  EXPECT_EQ(lanes_of_rank(5, 0, 2), (LaneRange{0, 2}));
  EXPECT_EQ(lanes_of_rank(5, 1, 2), (LaneRange{2, 5}));
  EXPECT_EQ(lanes_of_rank(8, 2, 3), (LaneRange{5, 8}));
  EXPECT_EQ(lanes_of_rank(2'000'000'000, 1999, 2000), (LaneRange{1'999'000'000, 2'000'000'000}));
}

TEST(LanesOfRank, GivesEveryLaneToOneRankAndEveryRankALane) {
  for (int lanes = 1; lanes <= kMostLanes; ++lanes) {
    for (int ranks = 1; ranks <= lanes; ++ranks) {
      int next = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const LaneRange range = lanes_of_rank(lanes, rank, ranks);
        ASSERT_EQ(range.first, next);
        ASSERT_GT(range.last, range.first);
        next = range.last;
      }
      ASSERT_EQ(next, lanes);
    }
  }
}

TEST(LanesOfRank, RefusesMoreRanksThanLanes) {
  EXPECT_THAT(message_of(ExitCode::usage, [&] { lanes_of_rank(3, 0, 4); }),
              testing::HasSubstr("at most 3 ranks"));
}

TEST(ReductionTree, DocumentedExamples) {
  EXPECT_EQ(documented_expression(1), "0");
  EXPECT_EQ(documented_expression(3), "((0+1)+2)");
  EXPECT_EQ(documented_expression(5), "(((0+1)+(2+3))+4)");
  EXPECT_EQ(documented_expression(7), "(((0+1)+(2+3))+((4+5)+6))");
}

TEST(ReductionTree, KnowsSiblings) {
  EXPECT_TRUE(are_siblings({0, 1}, {1, 2}, 8));
  EXPECT_TRUE(are_siblings({4, 6}, {6, 8}, 8));
  EXPECT_TRUE(are_siblings({4, 6}, {6, 7}, 7));  // the right child is cut off by L
  EXPECT_TRUE(are_siblings({0, 4}, {4, 5}, 5));
  EXPECT_FALSE(are_siblings({1, 2}, {2, 3}, 8));  // neighbours of two parents
  EXPECT_FALSE(are_siblings({2, 4}, {4, 6}, 8));
  EXPECT_FALSE(are_siblings({0, 4}, {4, 6}, 8));  // the right one is not complete
  EXPECT_FALSE(are_siblings({0, 2}, {4, 6}, 8));
}

TEST(ReductionTree, PartialSumsOfRanges) {
  EXPECT_THAT(partial_sums({0, 8}, 8), ElementsAre(LaneRange{0, 8}));
  EXPECT_THAT(partial_sums({0, 5}, 5), ElementsAre(LaneRange{0, 5}));
  EXPECT_THAT(partial_sums({0, 3}, 6), ElementsAre(LaneRange{0, 2}, LaneRange{2, 3}));
  EXPECT_THAT(partial_sums({3, 6}, 6), ElementsAre(LaneRange{3, 4}, LaneRange{4, 6}));
  EXPECT_THAT(partial_sums({1, 7}, 8),
              ElementsAre(LaneRange{1, 2}, LaneRange{2, 4}, LaneRange{4, 6}, LaneRange{6, 7}));
}

TEST(ReductionTree, PartialSumsAreWhatLanesOneByOneGive) {
  for (int lanes = 1; lanes <= kMostLanes; ++lanes) {
    for (int first = 0; first < lanes; ++first) {
      std::vector<LaneRange> one_by_one;
      for (int last = first + 1; last <= lanes; ++last) {
        push_and_merge(one_by_one, {last - 1, last}, lanes);
        ASSERT_EQ(partial_sums({first, last}, lanes), one_by_one) << lanes;
      }
    }
  }
}

TEST(LaneSchedule, KeepsOneSlotPerPartialSumAlive) {
  EXPECT_EQ(tree_schedule({0, 1}, 8).slots, 1);
  EXPECT_EQ(tree_schedule({0, 2}, 8).slots, 2);
  EXPECT_EQ(tree_schedule({0, 4}, 4).slots, 3);
  EXPECT_EQ(tree_schedule({0, 64}, 64).slots, 7);
  EXPECT_EQ(tree_schedule({1, 7}, 8).slots, 4);
}

TEST(LaneSchedule, EndsWithThePartialSumsOfTheRange) {
  for (int lanes = 1; lanes <= kMostLanes; ++lanes) {
    for (int first = 0; first < lanes; ++first) {
      for (int last = first + 1; last <= lanes; ++last) {
        const LaneSchedule schedule = tree_schedule({first, last}, lanes);
        ASSERT_EQ(std::ssize(partial_sums({first, last}, lanes)), schedule.partials);
        ASSERT_LE(schedule.slots, 13);  // two partial sums per level at most, and the lane in work
      }
    }
    EXPECT_THAT(run(tree_schedule({0, lanes}, lanes)), ElementsAre(documented_expression(lanes)));
  }
}

TEST(LaneSchedule, RunningSumNeedsTwoSlots) {
  EXPECT_THAT(run(running_schedule({3, 4})), ElementsAre("3"));
  EXPECT_EQ(running_schedule({3, 4}).slots, 1);
  EXPECT_THAT(run(running_schedule({3, 6})), ElementsAre("((3+4)+5)"));
  EXPECT_EQ(running_schedule({3, 6}).slots, 2);
}

TEST(SumProgram, AddsDirectlyIntoTheResult) {
  const std::vector<LaneRange> inputs = {{0, 1}, {1, 2}};
  EXPECT_THAT(sum_program(inputs, 2).steps,
              ElementsAre(SumProgram::Step{.place = 0, .left = 0, .right = 1}));
}

TEST(SumProgram, CopiesWhatFindsNoSibling) {
  const std::vector<LaneRange> inputs = {{1, 2}, {2, 3}, {3, 4}};
  const SumProgram program = sum_program(inputs, 4);
  EXPECT_EQ(program.outputs, 2);
  EXPECT_THAT(run(program, {"1", "2", "3"}), ElementsAre("1", "(2+3)"));
}

TEST(SumProgram, SumsLanesAsTheTreeDoes) {
  for (int lanes = 1; lanes <= kMostLanes; ++lanes) {
    std::vector<LaneRange> inputs;
    std::vector<Expression> names;
    for (int lane = 0; lane < lanes; ++lane) {
      inputs.push_back({lane, lane + 1});
      names.push_back(std::to_string(lane));
    }
    ASSERT_THAT(run(sum_program(inputs, lanes), names), ElementsAre(documented_expression(lanes)));
  }
}

}  // namespace
}  // namespace lockstep
