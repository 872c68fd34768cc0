#include "launcher/device.h"

#include <torch/cuda.h>

#include "core/error.h"

namespace lockstep {

RankDevice::RankDevice(const std::string& wanted, Communicator& host) : communicator_(&host) {
  const bool available = torch::cuda::is_available();
  check(wanted != "cuda" || available, ExitCode::usage,
        "train.device is cuda, but no GPU can be used here");
}

}  // namespace lockstep
