#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "comm/communicator/communicator.h"
#include "comm/device/tensor_transport.h"

namespace lockstep {

/// GPUs that this process sees; 0 in a program built without CUDA, and where there is no driver.
/// Throws Error(usage) where there is one and CUDA cannot start with it (usable_devices).
int cuda_device_count();

/// The number of this rank's GPU: its rank on the machine modulo the GPUs that it sees (a launcher
/// may show each rank one only). Throws Error(usage) where it sees none, or the program is built
/// without CUDA.
int choose_cuda_device(const Topology& topology);

/// Makes it this thread's current one, and starts CUDA's threads.
void use_cuda_device(int device);

struct CudaDeviceInfo {
  std::string name;
  bool has_bf16 = false;    ///< it computes in bfloat16 (compute capability 8.0 and later)
  std::string pci_address;  ///< "0000:3B:00.0"
};
CudaDeviceInfo describe_cuda_device(int device);

/// The versions that a GPU's results depend on, by name, in the libraries' own numbers: the newest
/// CUDA that the driver runs, CUDA's runtime, cuDNN, NCCL. Empty in a program built without CUDA.
std::map<std::string, std::int64_t> cuda_versions();

/// Between the GPUs of the ranks of `host`, which must outlive the result; by NCCL where there are
/// several. `device` is this rank's. Waiting takes at most `stall_timeout` seconds (0: no limit).
/// Collective. Throws Error(usage) on all ranks where two of them would share a GPU, and as
/// check_nccl does.
///
/// For tests on one GPU, LOCKSTEP_SHARE_GPU=1 in the environment lets ranks share it: each then
/// tells NCCL that it is a host of its own.
std::shared_ptr<TensorTransport> make_cuda_transport(Communicator& host, int device,
                                                     double stall_timeout);

}  // namespace lockstep
