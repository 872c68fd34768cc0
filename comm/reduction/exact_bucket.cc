#include "comm/reduction/exact_bucket.h"

#include <algorithm>
#include <cassert>

#include <ATen/ops/add.h>
#include <ATen/ops/empty.h>

namespace lockstep {

void SlicePool::restart(std::int64_t length) {
  if (length > length_) slices_.clear();
  length_ = std::max(length_, length);
  next_ = 0;
}

at::Tensor SlicePool::take(std::int64_t length) {
  assert(length <= length_);
  if (next_ == slices_.size()) slices_.push_back(at::empty({length_}, options_));
  return slices_[next_++].narrow(0, 0, length);
}

ExactBucket::ExactBucket(const ReductionPlan& plan, ElementRange bucket,
                         std::span<const at::Tensor> partials, const at::Tensor& result,
                         SlicePool& pool) {
  const Topology& topology = plan.topology();
  const int self = topology.rank;
  const std::int64_t length = slice_length(bucket, topology.size, kGranule);
  const auto slice = [&](int owner) { return slice_of(bucket, owner, topology.size, kGranule); };
  const auto view = [](const at::Tensor& buffer, ElementRange part) {
    return buffer.narrow(0, part.begin, part.size());
  };
  pool.restart(length);
  gathered_ = result.narrow(0, bucket.begin, length * topology.size);

  const int first = plan.first_rank(topology.node);
  const int last = plan.last_rank(topology.node);
  for (int member = first; member < last; ++member) {
    if (member == self) continue;
    for (int owner : plan.relayed_by(member)) {
      for (const at::Tensor& partial : partials) {
        to_relays_.push_back({.peer = member, .data = view(partial, slice(owner))});
      }
    }
  }
  /// The partial sums of this node's ranks in a slice that this rank relays: its own where they
  /// are, others received.
  const auto local_partials = [&](int owner) {
    std::vector<at::Tensor> inputs;
    for (int member = first; member < last; ++member) {
      for (int i = 0; i < plan.rank_partials(member); ++i) {
        if (member == self) {
          inputs.push_back(view(partials[i], slice(owner)));
        } else {
          inputs.push_back(pool.take(slice(owner).size()));
          at_relay_.push_back({.peer = member, .data = inputs.back()});
        }
      }
    }
    return inputs;
  };
  std::vector<at::Tensor> own_inputs;
  for (int owner : plan.relayed_by(self)) {
    const std::vector<at::Tensor> inputs = local_partials(owner);
    if (owner == self) {
      own_inputs = inputs;
      continue;
    }
    std::vector<at::Tensor> outputs;
    for (int i = 0; i < plan.node_partials(topology.node); ++i) {
      outputs.push_back(pool.take(slice(owner).size()));
      to_owners_.push_back({.peer = owner, .data = outputs.back()});
    }
    const std::vector<Addition> sums =
        additions(plan.node_program(), inputs, std::move(outputs), pool);
    node_sums_.insert(node_sums_.end(), sums.begin(), sums.end());
  }

  std::vector<at::Tensor> root_inputs;
  for (int node = 0; node < topology.nodes; ++node) {
    if (node == topology.node) {
      root_inputs.insert(root_inputs.end(), own_inputs.begin(), own_inputs.end());
      continue;
    }
    for (int i = 0; i < plan.node_partials(node); ++i) {
      root_inputs.push_back(pool.take(slice(self).size()));
      at_owner_.push_back({.peer = plan.relay(self, node), .data = root_inputs.back()});
    }
  }
  root_sum_ = additions(plan.root_program(), root_inputs, {view(result, slice(self))}, pool);
}

std::vector<ExactBucket::Addition> ExactBucket::additions(const SumProgram& program,
                                                          std::span<const at::Tensor> inputs,
                                                          std::vector<at::Tensor> outputs,
                                                          SlicePool& pool) {
  std::vector<at::Tensor>& places = outputs;
  while (std::ssize(places) < program.places) places.push_back(pool.take(inputs[0].numel()));
  const auto operand = [&](int number) {
    return number < program.inputs ? inputs[number] : places[number - program.inputs];
  };
  std::vector<Addition> list;
  for (const SumProgram::Step& step : program.steps) {
    list.push_back({.sum = places[step.place],
                    .left = operand(step.left),
                    .right = step.right == SumProgram::kNone ? at::Tensor() : operand(step.right)});
  }
  return list;
}

void ExactBucket::run(std::span<const Addition> additions) {
  for (auto [sum, left, right] : additions) {
    if (right.defined()) {
      at::add_out(sum, left, right);
    } else {
      sum.copy_(left);
    }
  }
}

void ExactBucket::reduce(TensorTransport& transport) const {
  transport.exchange(to_relays_, at_relay_);
  run(node_sums_);
  transport.exchange(to_owners_, at_owner_);
  run(root_sum_);
  transport.all_gather(gathered_);
}

}  // namespace lockstep
