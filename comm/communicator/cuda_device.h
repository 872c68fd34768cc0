#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "comm/communicator/communicator.h"

namespace lockstep {

/// GPUs that this process sees; 0 in a program built without CUDA, and where there is no driver.
int cuda_device_count();

/// Makes the GPU of this rank the current one, its rank on the node modulo the GPUs that it sees (a
/// launcher may show each rank one only), and returns its number. Throws Error(usage) where it sees
/// none, or the program is built without CUDA.
int select_cuda_device(const Topology& topology);

/// What a GPU is called, and whether it computes in bfloat16 (compute capability 8.0 and later).
struct CudaDeviceInfo {
  std::string name;
  bool has_bf16 = false;
};
CudaDeviceInfo describe_cuda_device(int device);

/// The versions that a GPU's results depend on, by name, in the libraries' own numbers: the newest
/// CUDA that the driver runs, CUDA's runtime, cuDNN, NCCL. Empty in a program built without CUDA.
std::map<std::string, std::int64_t> cuda_versions();

/// The ranks of `host` with their tensors on `device`, connected by NCCL; host memory stays with
/// `host`, which must outlive the result. Collective. Throws Error(usage) on all ranks where two of
/// them would share a GPU, Error(rank_lost) where NCCL fails.
std::unique_ptr<Communicator> make_cuda_communicator(Communicator& host, int device);

}  // namespace lockstep
