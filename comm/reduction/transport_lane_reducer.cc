#include "comm/reduction/transport_lane_reducer.h"

#include <cassert>

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include "core/stopwatch.h"

namespace lockstep {
namespace {

LaneSlots make_slots(LaneSchedule schedule, std::int64_t elements,
                     const at::TensorOptions& options) {
  std::vector<at::Tensor> slots;
  for (int i = 0; i < schedule.slots; ++i) slots.push_back(at::empty({elements}, options));
  return LaneSlots(std::move(schedule), std::move(slots));
}

}  // namespace

TransportLaneReducer::TransportLaneReducer(const Topology& topology,
                                           std::shared_ptr<TensorTransport> transport,
                                           const LaneReducerOptions& options,
                                           const BucketOptions& buckets, std::string name)
    : kind_(options.kind),
      name_(std::move(name)),
      transport_(std::move(transport)),
      plan_(options.lanes, topology),
      buckets_(plan_buckets(options.elements, buckets.first_elements, buckets.elements,
                            ExactBucket::kGranule * topology.size)),
      tracker_(buckets_),
      slots_(make_slots(
          kind_ == ReductionKind::exact
              ? plan_.schedule(topology.rank)
              : running_schedule(lanes_of_rank(options.lanes, topology.rank, topology.size)),
          options.elements, transport_->options())) {
  padded_ = at::zeros({round_up(options.elements, ExactBucket::kGranule * topology.size)},
                      transport_->options());
  result_ = padded_.narrow(0, 0, options.elements);
  if (kind_ != ReductionKind::exact) return;
  BucketMemory memory(transport_->options());
  for (const ElementRange& bucket : buckets_) {
    exact_.emplace_back(plan_, bucket, slots_.tensors().first(slots_.schedule().partials), padded_,
                        memory);
  }
}

void TransportLaneReducer::ready(std::int64_t begin, std::int64_t end) {
  const Stopwatch stopwatch(seconds_);
  send_until(tracker_.ready(begin, end));
}

void TransportLaneReducer::end_lane(int lane) {
  if (!slots_.is_last(lane)) slots_.merge(lane);  // the last lane is merged bucket by bucket
}

at::Tensor TransportLaneReducer::reduce() {
  const Stopwatch stopwatch(seconds_);
  send_until(static_cast<int>(buckets_.size()));
  transport_->join();
  tracker_.reset();
  sent_ = 0;
  return result_;
}

void TransportLaneReducer::send_until(int count) {
  if (sent_ == count) return;
  transport_->run_beside([&] {
    for (; sent_ < count; ++sent_) send(sent_);
  });
}

void TransportLaneReducer::send(int bucket) {
  const ElementRange range = buckets_[bucket];
  slots_.merge(slots_.schedule().range.last - 1, range);
  if (kind_ == ReductionKind::exact) {
    exact_[bucket].reduce(*transport_);
  } else {
    const at::Tensor sum = result_.narrow(0, range.begin, range.size());
    sum.copy_(slots_.tensors()[0].narrow(0, range.begin, range.size()));
    transport_->all_reduce_sum(sum);
  }
}

std::string TransportLaneReducer::description() const {
  const std::string what =
      kind_ == ReductionKind::exact
          ? plan_.describe(result_.numel())
          : fmt::format("one sum of {:.1f} MB from each of {} ranks",
                        static_cast<double>(result_.nbytes()) / 1e6, plan_.topology().size);
  return fmt::format("{} in {} buckets: {}", name_, buckets_.size(), what);
}

}  // namespace lockstep
