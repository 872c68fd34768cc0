#include "comm/device/device_mark.h"

#include <c10/core/impl/VirtualGuardImpl.h>

namespace lockstep {

c10::Stream current_stream(c10::Device device) {
  return c10::impl::VirtualGuardImpl(device.type()).getStream(device);
}

DeviceMark::DeviceMark(c10::Device device) {
  if (device.is_cpu()) return;
  event_.emplace(device.type());
  event_->record(current_stream(device));
}

void DeviceMark::wait() const {
  if (event_) event_->synchronize();
}

void DeviceMark::block_current_stream() const {
  if (event_) event_->block(current_stream(event_->device()));
}

}  // namespace lockstep
