#pragma once

#include <memory>

#include "comm/communicator/communicator.h"
#include "comm/device/tensor_transport.h"

namespace lockstep {

/// A communicator whose ranks hold their tensors on a device each: these travel by `transport`,
/// host memory through the communicator that it is made of.
///
///     if (auto* device = dynamic_cast<DeviceCommunicator*>(&communicator))
///       use(device->transport());
class DeviceCommunicator final : public Communicator {
 public:
  /// `host` must outlive it.
  DeviceCommunicator(Communicator& host, std::shared_ptr<TensorTransport> transport)
      : host_(host), transport_(std::move(transport)) {}

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
  [[noreturn]] void abort(int exit_code) override;

  std::shared_ptr<TensorTransport> transport() const { return transport_; }

 private:
  Communicator& host_;
  std::shared_ptr<TensorTransport> transport_;
};

}  // namespace lockstep
