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

struct ExactBucket::Planning {
  int self() const { return plan.topology().rank; }
  int node() const { return plan.topology().node; }
  int first_member() const { return plan.first_rank(node()); }
  int last_member() const { return plan.last_rank(node()); }
  ElementRange slice(int owner) const {
    return slice_of(bucket, owner, plan.topology().size, kGranule);
  }
  at::Tensor view(const at::Tensor& buffer, int owner) const {
    return buffer.narrow(0, slice(owner).begin, slice(owner).size());
  }
  at::Tensor take(int owner) const { return pool.take(slice(owner).size()); }

  const ReductionPlan& plan;
  ElementRange bucket;
  std::span<const at::Tensor> partials;
  SlicePool& pool;
};

ExactBucket::ExactBucket(const ReductionPlan& plan, ElementRange bucket,
                         std::span<const at::Tensor> partials, const at::Tensor& result,
                         SlicePool& pool) {
  const Planning planning{plan, bucket, partials, pool};
  const int ranks = plan.topology().size;
  const std::int64_t length = slice_length(bucket, ranks, kGranule);
  pool.restart(length);
  gathered_ = result.narrow(0, bucket.begin, length * ranks);
  plan_sends_to_relays(planning);
  const std::vector<at::Tensor> own_inputs = plan_relaying(planning);
  plan_root_sum(planning, own_inputs, planning.view(result, planning.self()));
}

void ExactBucket::plan_sends_to_relays(const Planning& planning) {
  for (int member = planning.first_member(); member < planning.last_member(); ++member) {
    if (member == planning.self()) continue;
    for (int owner : planning.plan.relayed_by(member)) {
      for (const at::Tensor& partial : planning.partials) {
        to_relays_.push_back({.peer = member, .data = planning.view(partial, owner)});
      }
    }
  }
}

std::vector<at::Tensor> ExactBucket::inputs_at_relay(const Planning& planning, int owner) {
  std::vector<at::Tensor> inputs;
  for (int member = planning.first_member(); member < planning.last_member(); ++member) {
    for (int i = 0; i < planning.plan.rank_partials(member); ++i) {
      if (member == planning.self()) {
        inputs.push_back(planning.view(planning.partials[i], owner));
      } else {
        inputs.push_back(planning.take(owner));
        at_relay_.push_back({.peer = member, .data = inputs.back()});
      }
    }
  }
  return inputs;
}

std::vector<at::Tensor> ExactBucket::plan_relaying(const Planning& planning) {
  std::vector<at::Tensor> own_inputs;
  for (int owner : planning.plan.relayed_by(planning.self())) {
    const std::vector<at::Tensor> inputs = inputs_at_relay(planning, owner);
    if (owner == planning.self()) {
      own_inputs = inputs;
      continue;
    }
    std::vector<at::Tensor> outputs;
    for (int i = 0; i < planning.plan.node_partials(planning.node()); ++i) {
      outputs.push_back(planning.take(owner));
      to_owners_.push_back({.peer = owner, .data = outputs.back()});
    }
    const std::vector<Addition> sums =
        additions(planning.plan.node_program(), inputs, std::move(outputs), planning.pool);
    node_sums_.insert(node_sums_.end(), sums.begin(), sums.end());
  }
  return own_inputs;
}

void ExactBucket::plan_root_sum(const Planning& planning, std::span<const at::Tensor> own_inputs,
                                const at::Tensor& sum) {
  const int self = planning.self();
  std::vector<at::Tensor> inputs;
  for (int node = 0; node < planning.plan.topology().nodes; ++node) {
    if (node == planning.node()) {
      inputs.insert(inputs.end(), own_inputs.begin(), own_inputs.end());
      continue;
    }
    for (int i = 0; i < planning.plan.node_partials(node); ++i) {
      inputs.push_back(planning.take(self));
      at_owner_.push_back({.peer = planning.plan.relay(self, node), .data = inputs.back()});
    }
  }
  root_sum_ = additions(planning.plan.root_program(), inputs, {sum}, planning.pool);
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
