#include "checkpoint/format.h"

#include <limits>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(CheckpointName, RoundTrips) {
  EXPECT_EQ(checkpoint_directory_name(100), "step_00000100");
  for (const std::int64_t step :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{99999999}, std::int64_t{100000000},
        std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(step_of_directory_name(checkpoint_directory_name(step)), step);
  }
}

TEST(CheckpointName, OtherNamesHaveNoStep) {
  for (const char* name :
       {"", "step_", "step_1", "step_000000001", "step_-0000001", "step_+0000001", "step_0000000x",
        "step_00000001.corrupt", "step_00000001.superseded", ".staging-step_00000001",
        "step_00000001 ", "Step_00000001", "step_99999999999999999999"}) {
    EXPECT_FALSE(step_of_directory_name(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace lockstep
