#include "comm/reduction/shared_lane_reducer.h"

#include <cassert>

#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include "core/stopwatch.h"

namespace lockstep {
namespace {

constexpr std::int64_t kPageElements =
    1024;  // slices start at pages, so ranks share no cache line and no page

/// Where everything lies in a node's memory, in elements: the result, then slots rank by rank, each
/// from a page on.
struct MemoryLayout {
  MemoryLayout(const ReductionPlan& plan, std::int64_t elements)
      : buffer(round_up(elements, kPageElements)) {
    const int node = plan.topology().node;
    size = buffer;
    for (int rank = plan.first_rank(node); rank < plan.last_rank(node); ++rank) {
      slots.push_back(size);
      size += plan.schedule(rank).slots * buffer;
    }
  }
  /// What this rank writes most: its slots, and its slice of the result.
  std::vector<MemoryExtent> extents(const ReductionPlan& plan) const {
    const Topology& topology = plan.topology();
    const ElementRange slice =
        slice_of({0, buffer}, topology.local_rank, topology.local_size, kPageElements);
    const std::int64_t own = plan.schedule(topology.rank).slots * buffer;
    return {in_bytes(slice.begin, slice.size()), in_bytes(slots[topology.local_rank], own)};
  }
  static MemoryExtent in_bytes(std::int64_t begin, std::int64_t count) {
    return {.offset = begin * sizeof(float), .size = count * sizeof(float)};
  }

  std::int64_t buffer;              // one buffer's length
  std::int64_t size = 0;            // of all
  std::vector<std::int64_t> slots;  // [rank of the node] where its slots start
};

at::Tensor tensor_of(std::span<float> memory) {
  return at::from_blob(memory.data(), {std::ssize(memory)}, at::TensorOptions().dtype(at::kFloat));
}

}  // namespace

SharedLaneReducer::SharedLaneReducer(Communicator& communicator, const LaneReducerOptions& options)
    : communicator_(communicator),
      elements_(options.elements),
      plan_(options.lanes, communicator.topology()),
      node_sum_(plan_.node_program()),
      root_sum_(plan_.root_program()) {
  assert(elements_ > 0);
  const MemoryLayout layout(plan_, elements_);
  memory_ = std::make_unique<SharedMemory>(communicator, layout.size * sizeof(float),
                                           layout.extents(plan_));
  const std::span<std::byte> bytes = memory_->bytes();
  const std::span<float> all(reinterpret_cast<float*>(bytes.data()), layout.size);
  const auto buffer_at = [&](std::int64_t start) { return all.subspan(start, elements_); };

  result_ = buffer_at(0);
  result_tensor_ = tensor_of(result_);
  const Topology& topology = plan_.topology();
  std::vector<at::Tensor> own;
  for (int local = 0; local < topology.local_size; ++local) {
    const LaneSchedule& schedule = plan_.schedule(plan_.first_rank(topology.node) + local);
    slots_of_.emplace_back();
    for (int slot = 0; slot < schedule.slots; ++slot) {
      const std::span<float> buffer = buffer_at(layout.slots[local] + slot * layout.buffer);
      slots_of_.back().push_back(buffer);
      if (local == topology.local_rank) own.push_back(tensor_of(buffer));
    }
  }
  slots_ = std::make_unique<LaneSlots>(plan_.schedule(topology.rank), std::move(own));
  plan_between_nodes();
}

std::vector<std::span<const float>> SharedLaneReducer::local_partials(ElementRange elements) const {
  std::vector<std::span<const float>> partials;
  const int first = plan_.first_rank(plan_.topology().node);
  for (std::size_t local = 0; local < slots_of_.size(); ++local) {
    for (int slot = 0; slot < plan_.rank_partials(first + static_cast<int>(local)); ++slot) {
      partials.push_back(slots_of_[local][slot].subspan(elements.begin, elements.size()));
    }
  }
  return partials;
}

void SharedLaneReducer::plan_between_nodes() {
  const Topology& topology = plan_.topology();
  const auto slice = [&](int owner) {
    return slice_of({0, elements_}, owner, topology.size, kPageElements);
  };
  const auto result_of = [&](int owner) {
    return result_.subspan(slice(owner).begin, slice(owner).size());
  };
  const ElementRange mine = slice(topology.rank);

  std::int64_t staged = 0;
  for (int owner : plan_.relayed_by(topology.rank)) {
    if (owner != topology.rank) staged += plan_.node_partials(topology.node) * slice(owner).size();
  }
  for (int node = 0; node < topology.nodes; ++node) {
    if (node != topology.node) staged += plan_.node_partials(node) * mine.size();
  }
  staging_.resize(staged);
  std::span<float> free = staging_;
  const auto take = [&](std::int64_t size) {
    const std::span<float> taken = free.first(size);
    free = free.subspan(size);
    return taken;
  };

  for (int owner : plan_.relayed_by(topology.rank)) {
    if (owner == topology.rank) continue;
    Relay& relay =
        relays_.emplace_back(Relay{.inputs = local_partials(slice(owner)), .partials = {}});
    for (int i = 0; i < plan_.node_partials(topology.node); ++i) {
      relay.partials.push_back(take(slice(owner).size()));
      partials_out_.push_back({.to = owner, .data = std::as_bytes(relay.partials.back())});
    }
    sums_in_.push_back({.from = owner, .data = std::as_writable_bytes(result_of(owner))});
  }
  for (int node = 0; node < topology.nodes; ++node) {
    if (node == topology.node) {
      for (std::span<const float> partial : local_partials(mine)) root_inputs_.push_back(partial);
      continue;
    }
    const int relay = plan_.relay(topology.rank, node);
    for (int i = 0; i < plan_.node_partials(node); ++i) {
      const std::span<float> received = take(mine.size());
      root_inputs_.push_back(received);
      partials_in_.push_back({.from = relay, .data = std::as_writable_bytes(received)});
    }
    sums_out_.push_back({.to = relay, .data = std::as_bytes(result_of(topology.rank))});
  }
  root_output_ = {result_of(topology.rank)};
}

at::Tensor SharedLaneReducer::reduce() {
  const Stopwatch stopwatch(seconds_);
  memory_->barrier();
  for (const Relay& relay : relays_) node_sum_.run(relay.inputs, relay.partials);
  communicator_.exchange(partials_out_, partials_in_);
  root_sum_.run(root_inputs_, root_output_);
  communicator_.exchange(sums_out_, sums_in_);
  memory_->barrier();
  return result_tensor_;
}

std::string SharedLaneReducer::description() const {
  return fmt::format("exact reduction through shared memory: {}", plan_.describe(elements_));
}

}  // namespace lockstep
