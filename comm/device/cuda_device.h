#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "comm/communicator/communicator.h"

namespace lockstep {

/// GPUs that this process sees; 0 in a program built without CUDA, and where there is no driver.
/// Throws Error(usage) where there is one and CUDA cannot start with it (usable_devices).
int cuda_device_count();

/// Makes the GPU of this rank the current one, its rank on the node modulo the GPUs that it sees (a
/// launcher may show each rank one only), and returns its number. Throws Error(usage) where it sees
/// none, or the program is built without CUDA.
int select_cuda_device(const Topology& topology);

struct CudaDeviceInfo {
  std::string name;
  bool has_bf16 = false;    ///< it computes in bfloat16 (compute capability 8.0 and later)
  std::string pci_address;  ///< "0000:3B:00.0"
};
CudaDeviceInfo describe_cuda_device(int device);

/// The versions that a GPU's results depend on, by name, in the libraries' own numbers: the newest
/// CUDA that the driver runs, CUDA's runtime, cuDNN, NCCL. Empty in a program built without CUDA.
std::map<std::string, std::int64_t> cuda_versions();

/// The ranks of `host` with their tensors on `device`, connected by NCCL where there are several;
/// host memory stays with `host`, which must outlive the result. Waiting for the device takes at
/// most `stall_timeout` seconds (0: no limit). Collective. Throws Error(usage) on all ranks where
/// two of them would share a GPU, and as check_nccl does.
///
/// For tests on one GPU, LOCKSTEP_SHARE_GPU=1 in the environment lets ranks share it: each then
/// tells NCCL that it is a host of its own.
std::unique_ptr<Communicator> make_cuda_communicator(Communicator& host, int device,
                                                     double stall_timeout);

}  // namespace lockstep
