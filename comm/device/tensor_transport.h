#pragma once

#include <functional>
#include <memory>
#include <span>

#include <ATen/core/Tensor.h>

#include "comm/communicator/communicator.h"

namespace lockstep {

/// One message of TensorTransport::exchange: a contiguous float32 tensor to or from another rank.
struct TensorMessage {
  int peer = 0;
  at::Tensor data;
};

/// What TransportLaneReducer needs to move tensors between ranks, in host memory or on GPUs.
/// Collective but for options(), join() and wait(): every rank calls each in the same order.
///
///     transport->exchange(sends, receives);
///     transport->all_gather(slices);
///     transport->join();          // before the result is used
class TensorTransport {
 public:
  virtual ~TensorTransport() = default;

  /// For tensors that it can move: float32, on its device.
  virtual at::TensorOptions options() const = 0;
  /// As Communicator::exchange.
  virtual void exchange(std::span<const TensorMessage> sends,
                        std::span<const TensorMessage> receives) = 0;
  /// `all` is [ranks x k]; each rank has filled its own k elements, and receives the others'.
  virtual void all_gather(const at::Tensor& all) = 0;
  /// Element-wise sum, in place, in the library's own order.
  virtual void all_reduce_sum(const at::Tensor& data) = 0;

  /// Calls `work`. On a GPU what `work` enqueues runs on the transport's own stream, after all that
  /// the caller's stream was given before and beside what it is given next.
  virtual void run_beside(const std::function<void()>& work) = 0;
  /// What the caller's stream is given from now on comes after all of `run_beside`'s work.
  virtual void join() = 0;
  /// Returns once `done`, which says whether the device has come to some point of the work that it
  /// was given. The one place where a rank may wait for what depends on its peers: throws
  /// Error(rank_lost) where one of them is lost meanwhile, or stalls for too long. Nothing can be
  /// moved after that.
  virtual void wait(const std::function<bool()>& done) = 0;
};

/// Over a communicator in host memory, which must outlive it.
std::shared_ptr<TensorTransport> make_host_transport(Communicator& communicator);

/// For the only rank of a job, on any device: nothing is moved. wait() takes at most
/// `stall_timeout` seconds (0: no limit).
std::shared_ptr<TensorTransport> make_single_transport(at::Device device, double stall_timeout);

}  // namespace lockstep
