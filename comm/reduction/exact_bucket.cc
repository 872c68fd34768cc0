#include "comm/reduction/exact_bucket.h"

#include <algorithm>
#include <cassert>

#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

namespace lockstep {

void TensorPool::restart(std::int64_t length) {
  if (length > length_) tensors_.clear();
  length_ = std::max(length_, length);
  next_ = 0;
}

at::Tensor TensorPool::take(std::int64_t length) {
  assert(length <= length_);
  if (next_ == tensors_.size()) tensors_.push_back(at::empty({length_}, options_));
  return tensors_[next_++].narrow(0, 0, length);
}

struct ExactBucket::Planning {
  int self() const { return plan.topology().rank; }
  int node() const { return plan.topology().node; }
  int first_member() const { return plan.first_rank(node()); }
  int last_member() const { return plan.last_rank(node()); }
  ElementRange slice(int owner) const {
    return slice_of(bucket, owner, plan.topology().size, kGranule);
  }
  std::int64_t length(std::span<const int> owners) const {
    std::int64_t sum = 0;
    for (const int owner : owners) sum += slice(owner).size();
    return sum;
  }
  at::Tensor view(const at::Tensor& buffer, int owner) const {
    return buffer.narrow(0, slice(owner).begin, slice(owner).size());
  }

  const ReductionPlan& plan;
  ElementRange bucket;
  std::span<const at::Tensor> partials;
  BucketMemory& memory;
};

ExactBucket::ExactBucket(const ReductionPlan& plan, ElementRange bucket,
                         std::span<const at::Tensor> partials, const at::Tensor& result,
                         BucketMemory& memory) {
  const Planning planning{plan, bucket, partials, memory};
  const int ranks = plan.topology().size;
  const std::int64_t length = slice_length(bucket, ranks, kGranule);
  std::size_t most_relayed = 0;
  for (int member = planning.first_member(); member < planning.last_member(); ++member) {
    most_relayed = std::max(most_relayed, plan.relayed_by(member).size());
  }
  memory.slices.restart(length);
  memory.strips.restart(length * static_cast<std::int64_t>(most_relayed));
  gathered_ = result.narrow(0, bucket.begin, length * ranks);
  plan_sends_to_relays(planning);
  const std::vector<at::Tensor> own_inputs = plan_relaying(planning);
  plan_root_sum(planning, own_inputs, planning.view(result, planning.self()));
}

at::Tensor ExactBucket::strip_of(const Planning& planning, const at::Tensor& partial,
                                 std::span<const int> owners) {
  if (owners.size() == 1) return planning.view(partial, owners[0]);
  Strip& strip = strips_.emplace_back();
  for (const int owner : owners) strip.slices.push_back(planning.view(partial, owner));
  strip.packed = planning.memory.strips.take(planning.length(owners));
  return strip.packed;
}

void ExactBucket::plan_sends_to_relays(const Planning& planning) {
  for (int member = planning.first_member(); member < planning.last_member(); ++member) {
    if (member == planning.self()) continue;
    const std::vector<int> owners = planning.plan.relayed_by(member);
    for (const at::Tensor& partial : planning.partials) {
      to_relays_.push_back({.peer = member, .data = strip_of(planning, partial, owners)});
    }
  }
}

std::vector<at::Tensor> ExactBucket::inputs_at_relay(const Planning& planning,
                                                     std::span<const int> owners) {
  std::vector<at::Tensor> inputs;
  for (int member = planning.first_member(); member < planning.last_member(); ++member) {
    for (int i = 0; i < planning.plan.rank_partials(member); ++i) {
      if (member == planning.self()) {
        inputs.push_back(strip_of(planning, planning.partials[i], owners));
      } else {
        inputs.push_back(planning.memory.strips.take(planning.length(owners)));
        at_relay_.push_back({.peer = member, .data = inputs.back()});
      }
    }
  }
  return inputs;
}

std::vector<at::Tensor> ExactBucket::plan_relaying(const Planning& planning) {
  const std::vector<int> owners = planning.plan.relayed_by(planning.self());
  const std::vector<at::Tensor> inputs = inputs_at_relay(planning, owners);
  std::vector<at::Tensor> outputs;
  if (owners.size() > 1) {
    for (int i = 0; i < planning.plan.node_partials(planning.node()); ++i) {
      outputs.push_back(planning.memory.strips.take(planning.length(owners)));
    }
    node_sums_ = additions(planning.plan.node_program(), inputs, outputs, planning.memory.strips);
  }
  std::vector<at::Tensor> own_inputs;
  std::int64_t begin = 0;
  for (const int owner : owners) {
    const std::int64_t size = planning.slice(owner).size();
    const bool is_own = owner == planning.self();
    for (const at::Tensor& strip : is_own ? inputs : outputs) {
      const at::Tensor slice = strip.narrow(0, begin, size);
      if (is_own) {
        own_inputs.push_back(slice);
      } else {
        to_owners_.push_back({.peer = owner, .data = slice});
      }
    }
    begin += size;
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
      inputs.push_back(planning.memory.slices.take(planning.slice(self).size()));
      at_owner_.push_back({.peer = planning.plan.relay(self, node), .data = inputs.back()});
    }
  }
  root_sum_ = additions(planning.plan.root_program(), inputs, {sum}, planning.memory.slices);
}

std::vector<ExactBucket::Addition> ExactBucket::additions(const SumProgram& program,
                                                          std::span<const at::Tensor> inputs,
                                                          std::vector<at::Tensor> outputs,
                                                          TensorPool& pool) {
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
  for (const Strip& strip : strips_) {
    at::Tensor packed = strip.packed;
    at::cat_out(packed, strip.slices);
  }
  transport.exchange(to_relays_, at_relay_);
  run(node_sums_);
  transport.exchange(to_owners_, at_owner_);
  run(root_sum_);
  transport.all_gather(gathered_);
}

}  // namespace lockstep
