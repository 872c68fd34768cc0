#pragma once

#include <memory>
#include <nccl.h>

#include <c10/cuda/CUDAStream.h>

#include "comm/device/tensor_transport.h"

namespace lockstep {

/// Moves tensors between GPUs. Operations are enqueued on the current stream, and return at once;
/// an error of an earlier one, found meanwhile by NCCL's own thread, is thrown by the next call.
class NcclTransport final : public TensorTransport {
 public:
  /// Collective over `host`, through which the ranks find each other. `device` is this rank's GPU.
  /// wait() takes at most `stall_timeout` seconds (0: no limit).
  NcclTransport(Communicator& host, int device, double stall_timeout);
  /// Ends NCCL's communicator: in order, or at once while an exception is being thrown, since peers
  /// may not come.
  ~NcclTransport() override;
  NcclTransport(const NcclTransport&) = delete;
  NcclTransport& operator=(const NcclTransport&) = delete;

  at::TensorOptions options() const override;
  void exchange(std::span<const TensorMessage> sends,
                std::span<const TensorMessage> receives) override;
  void all_gather(const at::Tensor& all) override;
  void all_reduce_sum(const at::Tensor& data) override;
  void run_beside(const std::function<void()>& work) override;
  void join() override;
  void wait(const std::function<bool()>& done) override;

 private:
  void check_peers() const;
  void abort();
  cudaStream_t stream() const;

  int exceptions_at_start_;
  c10::DeviceIndex device_;
  int rank_;
  int size_;
  double stall_timeout_;
  ncclComm_t comm_;               // nullptr once it is aborted
  c10::cuda::CUDAStream beside_;  // of run_beside
};

}  // namespace lockstep
