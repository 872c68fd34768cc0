#include "launcher/rank/rank_device.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

using Hosts = std::vector<std::string>;

TEST(AutomaticDevice, IsAGpuWhereEveryRankSeesOneAndTheCpuWhereNoneDoes) {
  EXPECT_TRUE(all_have_gpus(Hosts{"", "", ""}));
  EXPECT_FALSE(all_have_gpus(Hosts{"node1", "node1", "node2"}));
}

TEST(AutomaticDevice, IsRefusedWhereSomeRanksSeeAGpuAndSomeNone) {
  const std::string message = message_of(ExitCode::usage, [&] {
    all_have_gpus(Hosts{"", "node2", "", "node3"});
  });
  EXPECT_THAT(message,
              testing::StartsWith("2 of 4 ranks see no GPU (rank 1 on node2, rank 3 on node3)"));
  EXPECT_THAT(message, testing::HasSubstr("train.device=cpu"));
}

TEST(RankDevice, IsTheCpuAndTheHostsCommunicatorWhereAsked) {
  const auto host = make_single_communicator();
  const RankDevice device("cpu", *host, 0);
  EXPECT_EQ(device.device(), c10::Device(c10::kCPU));
  EXPECT_EQ(device.name(), "cpu");
  EXPECT_EQ(&device.communicator(), host.get());
  EXPECT_GE(device.cores(), 1);
}

}  // namespace
}  // namespace lockstep
