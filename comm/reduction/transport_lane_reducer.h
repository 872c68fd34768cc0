#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "comm/device/tensor_transport.h"
#include "comm/reduction/exact_bucket.h"
#include "comm/reduction/lane_reducer.h"
#include "comm/reduction/lane_slots.h"
#include "comm/tree/bucket_plan.h"
#include "comm/tree/reduction_plan.h"

namespace lockstep {

/// Sizes of what is sent at once: DistributedDataParallel's, which hide most of it behind backward
/// (Li et al., "PyTorch Distributed", VLDB 2020).
struct BucketOptions {
  std::int64_t first_elements = (1 << 20) / sizeof(float);
  std::int64_t elements = (25 << 20) / sizeof(float);
};

/// Both reductions over messages, on GPUs and on CPUs, bucket by bucket. A bucket is sent as soon
/// as ready() says that the rank's last lane has completed it, beside the rest of backward;
/// reduce() sends what remains.
class TransportLaneReducer final : public LaneReducer {
 public:
  /// `topology` is that of the ranks which `transport` connects; `name` begins description().
  TransportLaneReducer(const Topology& topology, std::shared_ptr<TensorTransport> transport,
                       const LaneReducerOptions& options, const BucketOptions& buckets,
                       std::string name);

  std::span<const at::Tensor> slots() const override { return slots_.tensors(); }
  int begin_lane(int lane) override { return slots_.begin(lane); }
  void ready(std::int64_t begin, std::int64_t end) override;
  void end_lane(int lane) override;
  at::Tensor reduce() override;
  void wait(const std::function<bool()>& done) override { transport_->wait(done); }
  double seconds() const override { return seconds_; }
  std::string description() const override;

 private:
  /// Sends the first `count` buckets, but for those that are sent already.
  void send_until(int count);
  void send(int bucket);

  ReductionKind kind_;
  std::string name_;
  std::shared_ptr<TensorTransport> transport_;
  ReductionPlan plan_;
  std::vector<ElementRange> buckets_;
  BucketTracker tracker_;
  LaneSlots slots_;
  at::Tensor padded_;               // the result, longer where the last bucket's slices need it
  at::Tensor result_;               // the first [n] of it
  std::vector<ExactBucket> exact_;  // [buckets] where the reduction is exact
  int sent_ = 0;
  double seconds_ = 0;
};

}  // namespace lockstep
