#include "comm/device/cuda_start.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(CudaStart, CountsDevices) { EXPECT_EQ(usable_devices({.devices = 8, .error = {}}), 8); }

TEST(CudaStart, WithoutADriverThereIsNoGpu) {
  EXPECT_EQ(
      usable_devices({.failed = true, .error = "insufficient", .driver = 0, .runtime = 13000}), 0);
}

TEST(CudaStart, AnOldDriverIsAnErrorWithBothVersions) {
  const CudaStart start{.failed = true, .error = "insufficient", .driver = 12040, .runtime = 13000};
  EXPECT_THAT(message_of(ExitCode::usage, [&] { usable_devices(start); }),
              AllOf(HasSubstr("runs CUDA up to 12.4"), HasSubstr("built for CUDA 13.0"),
                    HasSubstr("train.device=cpu")));
}

TEST(CudaStart, ADriverThatDoesNotStartIsAnErrorWithCudasReason) {
  const CudaStart start{
      .failed = true, .error = "system not yet initialized", .driver = 13010, .runtime = 13000};
  EXPECT_THAT(message_of(ExitCode::usage, [&] { usable_devices(start); }),
              AllOf(HasSubstr("system not yet initialized"), HasSubstr("13.1"), HasSubstr("13.0"),
                    HasSubstr("nvidia-smi")));
}

}  // namespace
}  // namespace lockstep
