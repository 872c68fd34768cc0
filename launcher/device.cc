#include "launcher/device.h"

#include "comm/device.h"

namespace lockstep {

RankDevice::RankDevice(const std::string& wanted, Communicator& host) : communicator_(&host) {
  if (wanted == "cpu" || (wanted == "auto" && cuda_device_count() == 0)) return;
  const int index = select_cuda_device(host.topology());
  const CudaDeviceInfo info = describe_cuda_device(index);
  device_ = c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
  name_ = info.name;
  has_bf16_ = info.has_bf16;
  owned_ = make_cuda_communicator(host, index);
  communicator_ = owned_.get();
}

}  // namespace lockstep
