#include "comm/communicator/nccl_transport.h"

#include <cassert>
#include <exception>

#include <c10/core/Event.h>
#include <c10/cuda/CUDAGuard.h>

#include "core/error.h"

namespace lockstep {
namespace {

/// Throws Error(rank_lost) with NCCL's reason and its last message, unless `result` is ncclSuccess.
void check_nccl(ncclResult_t result, const char* call, ncclComm_t comm = nullptr) {
  if (result == ncclSuccess) return;
  fail(ExitCode::rank_lost,
       "{} failed: {} ({}); is another rank or the network gone? See the other ranks' logs, or set "
       "NCCL_DEBUG=INFO",
       call, ncclGetErrorString(result), ncclGetLastError(comm));
}

/// The work of `later` that follows comes after all that `earlier` has been given.
void order(const c10::Stream& earlier, const c10::Stream& later) {
  c10::Event event(c10::DeviceType::CUDA);
  event.record(earlier);
  event.block(later);
}

std::size_t count_of(const at::Tensor& tensor) {
  assert(tensor.is_contiguous() && tensor.is_cuda() && tensor.scalar_type() == at::kFloat);
  return static_cast<std::size_t>(tensor.numel());
}

ncclComm_t connect(Communicator& host, c10::DeviceIndex device) {
  c10::cuda::set_device(device);
  ncclUniqueId id{};
  if (host.rank() == 0) check_nccl(ncclGetUniqueId(&id), "ncclGetUniqueId");
  host.broadcast(std::as_writable_bytes(std::span(&id, 1)), 0);
  ncclComm_t comm = nullptr;
  check_nccl(ncclCommInitRank(&comm, host.size(), id, host.rank()), "ncclCommInitRank");
  return comm;
}

}  // namespace

void NcclTransport::Destroy::operator()(ncclComm_t comm) const {
  if (std::uncaught_exceptions() > 0) {
    ncclCommAbort(comm);
  } else {
    ncclCommDestroy(comm);
  }
}

NcclTransport::NcclTransport(Communicator& host, int device)
    : device_(static_cast<c10::DeviceIndex>(device)),
      rank_(host.rank()),
      size_(host.size()),
      comm_(connect(host, device_)),
      beside_(c10::cuda::getStreamFromPool(/*isHighPriority=*/true, device_)) {}

at::TensorOptions NcclTransport::options() const {
  return at::TensorOptions().dtype(at::kFloat).device(at::kCUDA, device_);
}

cudaStream_t NcclTransport::stream() const {
  return c10::cuda::getCurrentCUDAStream(device_).stream();
}

void NcclTransport::check_peers() const {
  ncclResult_t state = ncclSuccess;
  check_nccl(ncclCommGetAsyncError(comm_.get(), &state), "ncclCommGetAsyncError", comm_.get());
  check_nccl(state, "an earlier NCCL operation", comm_.get());
}

void NcclTransport::exchange(std::span<const TensorMessage> sends,
                             std::span<const TensorMessage> receives) {
  check_peers();
  check_nccl(ncclGroupStart(), "ncclGroupStart");
  for (const TensorMessage& m : sends) {
    check_nccl(
        ncclSend(m.data.data_ptr(), count_of(m.data), ncclFloat, m.peer, comm_.get(), stream()),
        "ncclSend", comm_.get());
  }
  for (const TensorMessage& m : receives) {
    check_nccl(
        ncclRecv(m.data.data_ptr(), count_of(m.data), ncclFloat, m.peer, comm_.get(), stream()),
        "ncclRecv", comm_.get());
  }
  check_nccl(ncclGroupEnd(), "ncclGroupEnd", comm_.get());
}

void NcclTransport::all_gather(const at::Tensor& all) {
  check_peers();
  const std::size_t part = count_of(all) / size_;
  float* data = all.data_ptr<float>();
  check_nccl(ncclAllGather(data + part * rank_, data, part, ncclFloat, comm_.get(), stream()),
             "ncclAllGather", comm_.get());
}

void NcclTransport::all_reduce_sum(const at::Tensor& data) {
  check_peers();
  check_nccl(ncclAllReduce(data.data_ptr(), data.data_ptr(), count_of(data), ncclFloat, ncclSum,
                           comm_.get(), stream()),
             "ncclAllReduce", comm_.get());
}

void NcclTransport::run_beside(const std::function<void()>& work) {
  order(c10::cuda::getCurrentCUDAStream(device_), beside_);
  const c10::cuda::CUDAStreamGuard guard(beside_);
  work();
}

void NcclTransport::join() {
  check_peers();
  order(beside_, c10::cuda::getCurrentCUDAStream(device_));
}

}  // namespace lockstep
