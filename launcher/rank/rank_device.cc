#include "launcher/rank/rank_device.h"

#include <vector>

#include <fmt/ranges.h>

#include "comm/communicator/gather_texts.h"
#include "comm/device/cuda_device.h"
#include "core/error.h"
#include "core/process/host_name.h"
#include "launcher/rank/rank_cpus.h"

namespace lockstep {
namespace {

/// Collective.
bool wants_cuda(const std::string& wanted, Communicator& host) {
  if (wanted != "auto") return wanted == "cuda";
  return all_have_gpus(gather_texts(host, cuda_device_count() > 0 ? "" : host_name()));
}

}  // namespace

bool all_have_gpus(std::span<const std::string> hosts_without) {
  std::vector<std::string> without;
  for (std::size_t rank = 0; rank < hosts_without.size(); ++rank) {
    if (!hosts_without[rank].empty())
      without.push_back(fmt::format("rank {} on {}", rank, hosts_without[rank]));
  }
  check(without.empty() || without.size() == hosts_without.size(), ExitCode::usage,
        "{} of {} ranks see no GPU ({}) but the others do, so train.device=auto cannot choose one "
        "device for all: give every rank a GPU (check nvidia-smi and CUDA_VISIBLE_DEVICES there), "
        "or set train.device=cpu",
        without.size(), hosts_without.size(), fmt::join(without, ", "));
  return without.empty();
}

RankDevice::RankDevice(const std::string& wanted, Communicator& host) {
  if (!wants_cuda(wanted, host)) {
    cores_ = settle_on_cores(host, "");
    return;
  }
  const int index = choose_cuda_device(host.topology());
  const CudaDeviceInfo info = describe_cuda_device(index);
  device_ = c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
  name_ = info.name;
  has_bf16_ = info.has_bf16;
  cores_ = settle_on_cores(host, info.pci_address);
  use_cuda_device(index);
}

std::shared_ptr<TensorTransport> RankDevice::connect(Communicator& host,
                                                     double stall_timeout) const {
  if (device_.is_cpu()) return nullptr;
  return make_cuda_transport(host, device_.index(), stall_timeout);
}

}  // namespace lockstep
