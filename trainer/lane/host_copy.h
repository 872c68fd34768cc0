#pragma once

#include <ATen/core/Tensor.h>

#include "comm/device/device_mark.h"

namespace lockstep {

/// The values of a tensor on their way to the host, as they are when the work that its device was
/// given so far is done. The host goes on meanwhile; on a CPU they are there at once.
///
///     const HostCopy copy(sums);
///     reducer.wait([&] { return copy.arrived(); });
///     const double loss = copy.values().const_data_ptr<float>()[1];
class HostCopy {
 public:
  explicit HostCopy(const at::Tensor& source);

  /// Never waits.
  bool arrived() const { return mark_.passed(); }
  /// Blocks this thread: see DeviceMark::wait.
  void wait() const { mark_.wait(); }
  /// Like the source, in host memory of its own (pinned, where it came from a GPU); its values once
  /// they have arrived.
  const at::Tensor& values() const { return values_; }

 private:
  at::Tensor values_;
  DeviceMark mark_;  // behind the copy
};

/// The other way: a small tensor in host memory, on `device`. The host does not wait, and may
/// change its memory at once. On a CPU the tensor itself.
at::Tensor device_copy(const at::Tensor& host, at::Device device);

}  // namespace lockstep
