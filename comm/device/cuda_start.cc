#include "comm/device/cuda_start.h"

#include "core/error.h"

namespace lockstep {
namespace {

std::string version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

}  // namespace

int usable_devices(const CudaStart& start) {
  if (!start.failed) return start.devices;
  if (start.driver == 0) return 0;
  constexpr const char* kOtherwise =
      "to train on the CPU all the same, set train.device=cpu (eval: --device cpu)";
  const std::string driver = version_text(start.driver), runtime = version_text(start.runtime);
  check(start.driver >= start.runtime, ExitCode::usage,
        "the NVIDIA driver of this machine runs CUDA up to {}, and this program is built for CUDA "
        "{}: update the driver, or build with a LibTorch for an older CUDA (LOCKSTEP_LIBTORCH); {}",
        driver, runtime, kOtherwise);
  fail(ExitCode::usage,
       "CUDA cannot start ({}), although the NVIDIA driver is there (it runs CUDA up to {}, this "
       "program is built for {}): does nvidia-smi work? {}",
       start.error, driver, runtime, kOtherwise);
}

}  // namespace lockstep
