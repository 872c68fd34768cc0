#include "trainer/lane/host_copy.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>

namespace lockstep {
namespace {

at::Tensor start_copy(const at::Tensor& source) {
  const at::NoGradGuard no_grad;
  const at::Tensor target =
      at::empty_like(source, at::TensorOptions().device(at::kCPU).pinned_memory(!source.is_cpu()));
  return target.copy_(source, /*non_blocking=*/true);
}

}  // namespace

HostCopy::HostCopy(const at::Tensor& source)
    : values_(start_copy(source)), mark_(source.device()) {}

at::Tensor device_copy(const at::Tensor& host, at::Device device) {
  if (device.is_cpu()) return host;
  return host.pin_memory().to(device, host.scalar_type(), /*non_blocking=*/true);
}

}  // namespace lockstep
