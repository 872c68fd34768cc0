#include <array>
#include <cstdlib>
#include <cstring>
#include <cuda_runtime_api.h>
#include <nccl.h>
#include <string_view>
#include <vector>

#include <ATen/detail/CUDAHooksInterface.h>

#include "comm/device/cuda_device.h"
#include "comm/device/cuda_start.h"
#include "comm/device/device_identity.h"
#include "comm/device/nccl_transport.h"
#include "core/error.h"
#include "core/process/host_name.h"

namespace lockstep {
namespace {

void check_cuda(cudaError_t status, const char* call) {
  check(status == cudaSuccess, ExitCode::internal, "{} failed: {}", call,
        cudaGetErrorString(status));
}

cudaDeviceProp properties_of(int device) {
  cudaDeviceProp properties{};
  check_cuda(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
  return properties;
}

DeviceIdentity identify(int device) {
  const cudaDeviceProp properties = properties_of(device);
  DeviceIdentity identity;
  static_assert(sizeof(properties.uuid) == sizeof(identity.uuid));
  std::memcpy(identity.uuid.data(), &properties.uuid, sizeof(identity.uuid));
  host_name().copy(identity.host.data(), identity.host.size() - 1);
  return identity;
}

}  // namespace

int cuda_device_count() {
  CudaStart start;
  const cudaError_t status = cudaGetDeviceCount(&start.devices);
  if (status == cudaSuccess) return start.devices;
  cudaGetLastError();  // it is told here
  if (status == cudaErrorNoDevice) return 0;
  start.failed = true;
  start.driver_too_old = status == cudaErrorInsufficientDriver;
  start.error = cudaGetErrorString(status);
  check_cuda(cudaRuntimeGetVersion(&start.runtime), "cudaRuntimeGetVersion");
  check_cuda(cudaDriverGetVersion(&start.driver), "cudaDriverGetVersion");
  return usable_devices(start);
}

int choose_cuda_device(const Topology& topology) {
  const int count = cuda_device_count();
  check(count > 0, ExitCode::usage,
        "rank {} sees no GPU: does nvidia-smi work there, and is CUDA_VISIBLE_DEVICES not empty? "
        "Or set train.device=cpu (eval: --device cpu)",
        topology.rank);
  return topology.machine_rank % count;
}

void use_cuda_device(int device) { check_cuda(cudaSetDevice(device), "cudaSetDevice"); }

CudaDeviceInfo describe_cuda_device(int device) {
  const cudaDeviceProp properties = properties_of(device);
  std::array<char, 32> address{};
  check_cuda(cudaDeviceGetPCIBusId(address.data(), address.size(), device),
             "cudaDeviceGetPCIBusId");
  return {
      .name = properties.name, .has_bf16 = properties.major >= 8, .pci_address = address.data()};
}

std::map<std::string, std::int64_t> cuda_versions() {
  int runtime = 0, driver = 0, nccl = 0;
  check_cuda(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
  check_cuda(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  ncclGetVersion(&nccl);
  // LibTorch is linked to cuDNN, not we.
  const at::CUDAHooksInterface& libtorch = at::detail::getCUDAHooks();
  const std::int64_t cudnn = libtorch.compiledWithCuDNN() ? libtorch.versionCuDNN() : 0;
  return {{"cuda_runtime", runtime}, {"cuda_driver", driver}, {"cudnn", cudnn}, {"nccl", nccl}};
}

std::shared_ptr<TensorTransport> make_cuda_transport(Communicator& host, int device,
                                                     double stall_timeout) {
  if (host.size() == 1) {
    return make_single_transport({at::kCUDA, static_cast<c10::DeviceIndex>(device)}, stall_timeout);
  }
  const char* const share = std::getenv("LOCKSTEP_SHARE_GPU");
  if (share != nullptr && std::string_view(share) == "1") {
    // NCCL takes ranks of other hosts for granted to be on other GPUs.
    ::setenv("NCCL_HOSTID", fmt::format("lockstep-rank-{}", host.rank()).c_str(), 1);
  } else {
    const DeviceIdentity mine = identify(device);
    std::vector<DeviceIdentity> all(host.size());
    host.all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(all)));
    check_one_rank_per_device(all);
  }
  return std::make_shared<NcclTransport>(host, device, stall_timeout);
}

}  // namespace lockstep
