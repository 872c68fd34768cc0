#pragma once

#include <memory>
#include <span>
#include <string>

#include <c10/core/Device.h>

#include "comm/communicator/communicator.h"

namespace lockstep {

/// What `auto` means: a GPU where every rank sees one, the CPU where none does. `hosts_without`
/// [ranks]: the host of a rank that sees no GPU, empty for one that does. Throws Error(usage) that
/// names those without where the others have one.
bool all_have_gpus(std::span<const std::string> hosts_without);

/// What one rank computes on, and the communicator that its tensors travel by.
///
///     const RankDevice device("auto", context.communicator);
///     FlatModel model(network, device.device(), tail_elements);
///     const auto reducer = make_lane_reducer(device.communicator(), options);
class RankDevice {
 public:
  /// Collective. `wanted` is auto (see all_have_gpus), cpu or cuda; the GPU is chosen by the rank's
  /// number on its node, and the process bound to the cores near it (settle_on_cores: call it
  /// before other threads start). Throws Error(usage) where cuda is asked for and is not there,
  /// where auto finds GPUs for some ranks only, and where two ranks would share one GPU. Waiting
  /// for a GPU takes at most `stall_timeout` seconds (0: no limit). `host` must outlive this
  /// object.
  RankDevice(const std::string& wanted, Communicator& host, double stall_timeout);

  c10::Device device() const { return device_; }
  const std::string& name() const { return name_; }  ///< "cpu", or the GPU's name
  bool has_bf16() const { return has_bf16_; }        ///< a GPU that computes in it
  int cores() const { return cores_; }               ///< this rank's share of its node's
  /// `host` itself where tensors are in host memory, else one over NCCL.
  Communicator& communicator() const { return *communicator_; }

 private:
  c10::Device device_ = c10::kCPU;
  std::string name_ = "cpu";
  bool has_bf16_ = false;
  int cores_ = 1;
  std::unique_ptr<Communicator> owned_;
  Communicator* communicator_;
};

}  // namespace lockstep
