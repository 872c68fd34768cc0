#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "comm/device/tensor_transport.h"
#include "comm/tree/element_range.h"
#include "comm/tree/reduction_plan.h"

namespace lockstep {

/// Tensors of about one length to receive into and to add in; buckets, which come one after
/// another, use the same ones.
class TensorPool {
 public:
  explicit TensorPool(at::TensorOptions options) : options_(options) {}
  /// Starts anew, for tensors of at most `length`.
  void restart(std::int64_t length);
  /// The first `length` elements of the next tensor.
  at::Tensor take(std::int64_t length);

 private:
  at::TensorOptions options_;
  std::vector<at::Tensor> tensors_;
  std::size_t next_ = 0;
  std::int64_t length_ = 0;
};

/// What a reducer's buckets share: tensors of a slice, and of all slices that a rank relays.
struct BucketMemory {
  explicit BucketMemory(at::TensorOptions options) : slices(options), strips(options) {}
  TensorPool slices;
  TensorPool strips;
};

/// The exact reduction of one bucket over messages, on any device. The ranks of a node send each
/// other their partial sums, to each rank the slices that it relays as one message, a strip; relays
/// add these to the node's partial sums and send each slice to its owner; owners add these to the
/// sum of all lanes; an all-gather brings the slices together. Planned at construction as lists of
/// messages and additions between views of tensors, so a step only walks the lists.
class ExactBucket {
 public:
  /// Slices start at multiples of this many elements, 256 bytes; a bucket starts at a multiple of
  /// ranks x kGranule.
  static constexpr std::int64_t kGranule = 64;

  /// `partials` [this rank's partial sums] and `result` are flat buffers that `bucket` is a part
  /// of; `result` reaches to the end of the bucket's last slice.
  ExactBucket(const ReductionPlan& plan, ElementRange bucket, std::span<const at::Tensor> partials,
              const at::Tensor& result, BucketMemory& memory);

  /// Collective. `result` holds the sum of all lanes, in this bucket's elements.
  void reduce(TensorTransport& transport) const;

 private:
  /// Slices that do not lie side by side, and where they do.
  struct Strip {
    std::vector<at::Tensor> slices;
    at::Tensor packed;
  };
  /// sum = left + right, or left where right is undefined.
  struct Addition {
    at::Tensor sum, left, right;
  };
  /// What the lists are planned from.
  struct Planning;

  /// The slices of `owners` in `partial`, side by side.
  at::Tensor strip_of(const Planning& planning, const at::Tensor& partial,
                      std::span<const int> owners);
  void plan_sends_to_relays(const Planning& planning);
  /// The partial sums of this node's ranks in the slices of `owners`, which this rank relays.
  std::vector<at::Tensor> inputs_at_relay(const Planning& planning, std::span<const int> owners);
  /// What this rank relays to other owners. Returns the inputs for its own slice.
  std::vector<at::Tensor> plan_relaying(const Planning& planning);
  /// `own_inputs` are those of this rank's node.
  void plan_root_sum(const Planning& planning, std::span<const at::Tensor> own_inputs,
                     const at::Tensor& sum);
  static std::vector<Addition> additions(const SumProgram& program,
                                         std::span<const at::Tensor> inputs,
                                         std::vector<at::Tensor> outputs, TensorPool& pool);
  static void run(std::span<const Addition> additions);

  std::vector<Strip> strips_;
  std::vector<TensorMessage> to_relays_, at_relay_;
  std::vector<Addition> node_sums_;
  std::vector<TensorMessage> to_owners_, at_owner_;
  std::vector<Addition> root_sum_;
  at::Tensor gathered_;  // [ranks x slice]
};

}  // namespace lockstep
