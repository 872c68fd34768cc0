#include "launcher/rank/rank_cpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(CpuList, IsReadAsTheKernelWritesIt) {
  EXPECT_EQ(parse_cpu_list("0-2,8,10-11"), (CpuSet{0, 1, 2, 8, 10, 11}));
  EXPECT_EQ(parse_cpu_list("3"), CpuSet{3});
  for (const char* bad : {"", "x", "1-", "-1", "1-x", "0-99999999", "1,,2"}) {
    EXPECT_EQ(parse_cpu_list(bad), CpuSet{}) << bad;
  }
}

TEST(CpuList, IsWrittenAsItIsRead) {
  for (const char* text : {"", "0", "0-2,8,10-11", "5,7"}) {
    EXPECT_EQ(to_text(parse_cpu_list(text)), text);
  }
}

RankCpus rank(int node, const char* allowed, const char* near) {
  return {.node = node, .allowed = parse_cpu_list(allowed), .near = parse_cpu_list(near)};
}

TEST(RankCpus, ARankIsBoundToWhatIsNearItsGpuWhereTheOthersTakeTheRest) {
  const std::vector<RankCpus> ranks = {rank(0, "0-7", "0-3"), rank(0, "0-7", "0-3"),
                                       rank(0, "0-7", "4-7"), rank(0, "0-7", "4-7")};
  EXPECT_EQ(to_text(cpus_to_use(ranks, 0)), "0-3");
  EXPECT_EQ(to_text(cpus_to_use(ranks, 3)), "4-7");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ranks_sharing(ranks, i), 2);
}

TEST(RankCpus, NoProcessorIsLeftUnusedForTheSakeOfBinding) {
  const std::vector<RankCpus> one_gpu = {rank(0, "0-7", "0-3")};
  EXPECT_EQ(to_text(cpus_to_use(one_gpu, 0)), "0-7");
  const std::vector<RankCpus> one_side = {rank(0, "0-7", "0-3"), rank(0, "0-7", "0-3")};
  EXPECT_EQ(to_text(cpus_to_use(one_side, 1)), "0-7");
  EXPECT_EQ(ranks_sharing(one_side, 1), 2);
}

TEST(RankCpus, AnotherNodesRanksDoNotCount) {
  const std::vector<RankCpus> ranks = {rank(0, "0-7", "0-3"), rank(1, "0-7", "4-7")};
  EXPECT_EQ(to_text(cpus_to_use(ranks, 0)), "0-7");
  EXPECT_EQ(ranks_sharing(ranks, 0), 1);
}

TEST(RankCpus, WhatALauncherBoundStaysWithinItsBounds) {
  const std::vector<RankCpus> ranks = {rank(0, "0-1", "0-3"), rank(0, "4-5", "0-3")};
  EXPECT_EQ(to_text(cpus_to_use(ranks, 0)), "0-1");
  EXPECT_EQ(to_text(cpus_to_use(ranks, 1)), "4-5") << "its GPU is near none of its own";
  EXPECT_EQ(ranks_sharing(ranks, 0), 1);
}

TEST(RankCpus, WithoutGpusTheRanksShareWhatTheyMayUse) {
  const std::vector<RankCpus> ranks = {rank(0, "0-7", ""), rank(0, "0-7", "")};
  EXPECT_EQ(to_text(cpus_to_use(ranks, 0)), "0-7");
  EXPECT_EQ(ranks_sharing(ranks, 0), 2);
}

TEST(AutomaticWorkers, TakeWhatTheTrainingThreadsLeave) {
  EXPECT_EQ(automatic_workers(8, 1), 7);
  EXPECT_EQ(automatic_workers(8, 4), 4);
  EXPECT_EQ(automatic_workers(1, 1), 1);
  EXPECT_EQ(automatic_workers(2, 4), 1);
  EXPECT_EQ(automatic_workers(128, 1), 16);
}

}  // namespace
}  // namespace lockstep
