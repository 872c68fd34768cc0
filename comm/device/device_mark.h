#pragma once

#include <optional>

#include <c10/core/Device.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>

namespace lockstep {

/// The stream of `device` that this thread's work goes to. Not for a CPU, which has none.
c10::Stream current_stream(c10::Device device);

/// A point in the work that a device was given. On a CPU, where nothing is left to do when a call
/// returns, it has always been passed.
///
///     const DeviceMark mark(tensor.device());   // after the work was enqueued
///     reducer.wait([&] { return mark.passed(); });
class DeviceMark {
 public:
  /// Behind all that the current stream of `device` was given until now.
  explicit DeviceMark(c10::Device device);

  /// Never waits.
  bool passed() const { return !event_ || event_->query(); }
  /// Blocks this thread. For work that does not depend on other ranks, which may be lost: see
  /// TensorTransport::wait.
  void wait() const;
  /// What the current stream of its device is given from now on comes after this point.
  void block_current_stream() const;

 private:
  std::optional<c10::Event> event_;
};

}  // namespace lockstep
