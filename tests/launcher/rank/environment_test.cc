#include "launcher/rank/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(Environment, OfACpuNamesVersionsProcessorAndThreads) {
  const nlohmann::json environment = describe_environment("cpu", 3);
  for (const char* key : {"lockstep", "libtorch", "cpu", "cpu_capability"}) {
    EXPECT_FALSE(environment.at(key).get<std::string>().empty()) << key;
  }
  EXPECT_EQ(environment.at("device"), "cpu");
  EXPECT_EQ(environment.at("threads"), 3);
  EXPECT_FALSE(environment.contains("nccl"));
}

TEST(EnvironmentChanges, AreNoneBetweenEqualOnes) {
  const nlohmann::json environment = describe_environment("cpu", 1);
  EXPECT_EQ(environment_changes(environment, environment), "");
}

TEST(EnvironmentChanges, NameWhatDiffersAndWhatOnlyOneHas) {
  const nlohmann::json before = {{"device", "H100"}, {"nccl", 22800}, {"threads", 1}};
  const nlohmann::json now = {{"cpu_capability", "AVX2"}, {"device", "cpu"}, {"threads", 1}};
  EXPECT_EQ(environment_changes(before, now),
            R"(cpu_capability null -> "AVX2", device "H100" -> "cpu", nccl 22800 -> null)");
}

}  // namespace
}  // namespace lockstep
