#include "launcher/doctor_rank/gpu_facts.h"

#include <filesystem>

#include "comm/device/cuda_device.h"
#include "core/error.h"

namespace lockstep {

GpuFacts look_at_gpus() {
  GpuFacts facts;
  std::error_code ignored;
  facts.has_driver = std::filesystem::exists("/proc/driver/nvidia/version", ignored);
  try {
    const int count = cuda_device_count();
    facts.cuda = cuda_versions();
    for (int i = 0; i < count; ++i) facts.names.push_back(describe_cuda_device(i).name);
  } catch (const Error& error) {
    facts.problem = error.what();
  }
  return facts;
}

}  // namespace lockstep
