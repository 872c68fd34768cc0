#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "comm/device/tensor_transport.h"
#include "comm/tree/element_range.h"
#include "comm/tree/reduction_plan.h"

namespace lockstep {

/// Tensors to receive into and to add in; buckets, which come one after another, use the same ones.
class SlicePool {
 public:
  explicit SlicePool(at::TensorOptions options) : options_(options) {}
  /// Starts anew, for slices of at most `length`.
  void restart(std::int64_t length);
  /// The first `length` elements of the next tensor.
  at::Tensor take(std::int64_t length);

 private:
  at::TensorOptions options_;
  std::vector<at::Tensor> slices_;
  std::size_t next_ = 0;
  std::int64_t length_ = 0;
};

/// The exact reduction of one bucket over messages, on any device. The ranks of a node send each
/// other their partial sums, each slice to the rank that relays it; relays add these to the node's
/// partial sums and send them to the slice's owner; owners add these to the sum of all lanes; an
/// all-gather brings the slices together. Planned at construction as lists of messages and
/// additions between views of tensors, so a step only walks the lists.
class ExactBucket {
 public:
  /// Slices start at multiples of this many elements, 256 bytes; a bucket starts at a multiple of
  /// ranks x kGranule.
  static constexpr std::int64_t kGranule = 64;

  /// `partials` [this rank's partial sums] and `result` are flat buffers that `bucket` is a part
  /// of; `result` reaches to the end of the bucket's last slice.
  ExactBucket(const ReductionPlan& plan, ElementRange bucket, std::span<const at::Tensor> partials,
              const at::Tensor& result, SlicePool& pool);

  /// Collective. `result` holds the sum of all lanes, in this bucket's elements.
  void reduce(TensorTransport& transport) const;

 private:
  /// sum = left + right, or left where right is undefined.
  struct Addition {
    at::Tensor sum, left, right;
  };
  /// What the lists are planned from.
  struct Planning;

  void plan_sends_to_relays(const Planning& planning);
  /// The partial sums of this node's ranks in a slice that this rank relays: its own where they
  /// are, others received.
  std::vector<at::Tensor> inputs_at_relay(const Planning& planning, int owner);
  /// What this rank relays to other owners. Returns the inputs for its own slice.
  std::vector<at::Tensor> plan_relaying(const Planning& planning);
  /// `own_inputs` are those of this rank's node.
  void plan_root_sum(const Planning& planning, std::span<const at::Tensor> own_inputs,
                     const at::Tensor& sum);
  static std::vector<Addition> additions(const SumProgram& program,
                                         std::span<const at::Tensor> inputs,
                                         std::vector<at::Tensor> outputs, SlicePool& pool);
  static void run(std::span<const Addition> additions);

  std::vector<TensorMessage> to_relays_, at_relay_;
  std::vector<Addition> node_sums_;
  std::vector<TensorMessage> to_owners_, at_owner_;
  std::vector<Addition> root_sum_;
  at::Tensor gathered_;  // [ranks x slice]
};

}  // namespace lockstep
