#pragma once

#include <cassert>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "comm/reduction/lane_reducer.h"
#include "comm/reduction/lane_slots.h"
#include "comm/reduction/shared_memory.h"
#include "comm/tree/reduction_plan.h"
#include "comm/tree/tree_sum.h"

namespace lockstep {

/// The exact reduction on CPUs. The slots of a node's ranks lie in memory that they share, so a
/// rank reads the others' partial sums where they are; messages go between nodes only.
///
/// Two barriers of the node suffice for a step, since the result has memory of its own:
///   - the first, at the start of reduce(): all lanes are complete, so slots may be read; and every
///     rank is done with the last result, so it may be overwritten;
///   - the second, at its end: the result is complete, so it may be read; and every rank is done
///     with the slots, so the next step may zero them.
class SharedLaneReducer final : public LaneReducer {
 public:
  /// Collective. Throws Error(storage) on all ranks where a node has no room for the shared memory.
  SharedLaneReducer(Communicator& communicator, const LaneReducerOptions& options);

  std::span<const at::Tensor> slots() const override { return slots_->tensors(); }
  int begin_lane(int lane) override { return slots_->begin(lane); }
  void end_lane(int lane) override { slots_->merge(lane); }
  at::Tensor reduce() override;
  void wait([[maybe_unused]] const std::function<bool()>& done) override {
    assert(done());  // work on a CPU is done when its call returns
  }
  double seconds() const override { return seconds_; }
  std::string description() const override;

 private:
  /// The slice of an owner on another node, as far as this rank prepares it.
  struct Relay {
    std::vector<std::span<const float>> inputs;  // of this node's ranks
    std::vector<std::span<float>> partials;      // of this node, in staging memory
  };

  void plan_between_nodes();
  /// The partial sums of this node's ranks, rank by rank.
  std::vector<std::span<const float>> local_partials(ElementRange elements) const;

  Communicator& communicator_;
  std::int64_t elements_;
  ReductionPlan plan_;
  std::unique_ptr<SharedMemory> memory_;
  std::span<float> result_;
  std::vector<std::vector<std::span<const float>>> slots_of_;  // [rank of the node][slot]
  std::unique_ptr<LaneSlots> slots_;
  at::Tensor result_tensor_;

  TreeSum node_sum_;
  TreeSum root_sum_;
  std::vector<Relay> relays_;
  std::vector<std::span<const float>> root_inputs_;
  std::vector<std::span<float>> root_output_;
  std::vector<float> staging_;
  std::vector<Outgoing> partials_out_, sums_out_;
  std::vector<Incoming> partials_in_, sums_in_;
  double seconds_ = 0;
};

}  // namespace lockstep
