#include <cstdlib>
#include <cstring>
#include <cuda_runtime_api.h>
#include <nccl.h>
#include <vector>

#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/cuda/CUDAFunctions.h>

#include "comm/communicator/cuda_device.h"
#include "comm/communicator/device_identity.h"
#include "comm/communicator/nccl_transport.h"
#include "core/error.h"
#include "core/host_name.h"

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

/// Tensors over NCCL, host memory through the communicator that it was made of.
class NcclCommunicator final : public DeviceCommunicator {
 public:
  NcclCommunicator(Communicator& host, int device)
      : host_(host), transport_(std::make_shared<NcclTransport>(host, device)) {}

  const Topology& topology() const override { return host_.topology(); }
  void barrier() override { host_.barrier(); }
  void broadcast(std::span<std::byte> data, int root) override { host_.broadcast(data, root); }
  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    host_.all_gather(mine, all);
  }
  void all_reduce_sum(std::span<std::int64_t> data) override { host_.all_reduce_sum(data); }
  void all_reduce_sum(std::span<float> data) override { host_.all_reduce_sum(data); }
  void exchange(std::span<const Outgoing> sends, std::span<const Incoming> receives) override {
    host_.exchange(sends, receives);
  }
  [[noreturn]] void abort(int exit_code) override {
    host_.abort(exit_code);
    std::_Exit(exit_code);  // not reached; GCC forgets that a virtual call does not return
  }
  std::shared_ptr<TensorTransport> transport() override { return transport_; }

 private:
  Communicator& host_;
  std::shared_ptr<NcclTransport> transport_;
};

}  // namespace

int cuda_device_count() { return c10::cuda::device_count(); }

int select_cuda_device(const Topology& topology) {
  const int count = cuda_device_count();
  check(count > 0, ExitCode::usage,
        "rank {} sees no GPU: is the driver installed and recent enough for this LibTorch "
        "(nvidia-smi), and "
        "CUDA_VISIBLE_DEVICES not empty? Or set train.device=cpu (eval: --device cpu)",
        topology.rank);
  const int device = topology.local_rank % count;
  check_cuda(cudaSetDevice(device), "cudaSetDevice");
  return device;
}

CudaDeviceInfo describe_cuda_device(int device) {
  const cudaDeviceProp properties = properties_of(device);
  return {.name = properties.name, .has_bf16 = properties.major >= 8};
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

std::unique_ptr<Communicator> make_cuda_communicator(Communicator& host, int device) {
  const DeviceIdentity mine = identify(device);
  std::vector<DeviceIdentity> all(host.size());
  host.all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(all)));
  check_one_rank_per_device(all);
  return std::make_unique<NcclCommunicator>(host, device);
}

}  // namespace lockstep
