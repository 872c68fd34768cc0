#include "comm/device/nccl_transport.h"

#include <cassert>
#include <exception>
#include <utility>

#include <c10/core/Event.h>
#include <c10/cuda/CUDAGuard.h>

#include "comm/device/nccl_error.h"
#include "comm/device/stall_watch.h"

namespace lockstep {
namespace {

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

NcclTransport::NcclTransport(Communicator& host, int device, double stall_timeout)
    : exceptions_at_start_(std::uncaught_exceptions()),
      device_(static_cast<c10::DeviceIndex>(device)),
      rank_(host.rank()),
      size_(host.size()),
      stall_timeout_(stall_timeout),
      comm_(connect(host, device_)),
      beside_(c10::cuda::getStreamFromPool(/*isHighPriority=*/true, device_)) {}

NcclTransport::~NcclTransport() {
  if (std::uncaught_exceptions() > exceptions_at_start_) {
    abort();
  } else if (comm_ != nullptr) {
    ncclCommDestroy(comm_);
  }
}

/// Ends what is enqueued, too, so that nothing waits for it any more.
void NcclTransport::abort() {
  if (comm_ != nullptr) ncclCommAbort(std::exchange(comm_, nullptr));
}

at::TensorOptions NcclTransport::options() const {
  return at::TensorOptions().dtype(at::kFloat).device(at::kCUDA, device_);
}

cudaStream_t NcclTransport::stream() const {
  return c10::cuda::getCurrentCUDAStream(device_).stream();
}

void NcclTransport::check_peers() const {
  ncclResult_t state = ncclSuccess;
  check_nccl(ncclCommGetAsyncError(comm_, &state), "ncclCommGetAsyncError", comm_);
  check_nccl(state, "an earlier NCCL operation", comm_, NcclMoment::later);
}

void NcclTransport::exchange(std::span<const TensorMessage> sends,
                             std::span<const TensorMessage> receives) {
  check_peers();
  check_nccl(ncclGroupStart(), "ncclGroupStart");
  for (const TensorMessage& m : sends) {
    check_nccl(ncclSend(m.data.data_ptr(), count_of(m.data), ncclFloat, m.peer, comm_, stream()),
               "ncclSend", comm_);
  }
  for (const TensorMessage& m : receives) {
    check_nccl(ncclRecv(m.data.data_ptr(), count_of(m.data), ncclFloat, m.peer, comm_, stream()),
               "ncclRecv", comm_);
  }
  check_nccl(ncclGroupEnd(), "ncclGroupEnd", comm_);
}

void NcclTransport::all_gather(const at::Tensor& all) {
  check_peers();
  const std::size_t part = count_of(all) / size_;
  float* data = all.data_ptr<float>();
  check_nccl(ncclAllGather(data + part * rank_, data, part, ncclFloat, comm_, stream()),
             "ncclAllGather", comm_);
}

void NcclTransport::all_reduce_sum(const at::Tensor& data) {
  check_peers();
  check_nccl(ncclAllReduce(data.data_ptr(), data.data_ptr(), count_of(data), ncclFloat, ncclSum,
                           comm_, stream()),
             "ncclAllReduce", comm_);
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

void NcclTransport::wait(const std::function<bool()>& done) {
  try {
    watch_until(
        done, [this] { check_peers(); }, stall_timeout_);
  } catch (...) {
    abort();
    throw;
  }
}

}  // namespace lockstep
