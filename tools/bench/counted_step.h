#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>

#include <ATen/core/Tensor.h>

#include "comm/reduction/transport_lane_reducer.h"

namespace lockstep {

/// What one rank's reducer moves in one step.
struct StepTraffic {
  std::int64_t sent_to_node = 0;    ///< bytes, in messages to ranks of its node
  std::int64_t sent_elsewhere = 0;  ///< bytes, in messages to ranks of other nodes
  std::int64_t own_slices = 0;      ///< bytes that it gives to the all-gathers
  std::int64_t all_reduced = 0;     ///< bytes of the all-reduces
  std::int64_t messages = 0;        ///< sent and received
  std::set<int> peers = {};         ///< that it exchanges messages with
};

/// Moves nothing and counts. Its tensors have shapes and no memory, so that the reducer of one of
/// thousands of ranks runs as it is, on any machine.
class CountingTransport final : public TensorTransport {
 public:
  CountingTransport(const Topology& topology, StepTraffic& traffic)
      : topology_(topology), traffic_(traffic) {}

  at::TensorOptions options() const override {
    return at::TensorOptions().dtype(at::kFloat).device(at::kMeta);
  }
  void exchange(std::span<const TensorMessage> sends,
                std::span<const TensorMessage> receives) override {
    for (const TensorMessage& m : sends) {
      const bool near = topology_.node_of[m.peer] == topology_.node;
      (near ? traffic_.sent_to_node : traffic_.sent_elsewhere) += bytes(m.data);
      traffic_.peers.insert(m.peer);
    }
    for (const TensorMessage& m : receives) traffic_.peers.insert(m.peer);
    traffic_.messages += std::ssize(sends) + std::ssize(receives);
  }
  void all_gather(const at::Tensor& all) override {
    traffic_.own_slices += bytes(all) / topology_.size;
  }
  void all_reduce_sum(const at::Tensor& data) override { traffic_.all_reduced += bytes(data); }
  void run_beside(const std::function<void()>& work) override { work(); }
  void join() override {}
  void wait(const std::function<bool()>& /*done*/) override {}

 private:
  static std::int64_t bytes(const at::Tensor& tensor) {
    return static_cast<std::int64_t>(tensor.nbytes());
  }

  Topology topology_;
  StepTraffic& traffic_;
};

/// One rank's reducer over messages, as GPUs use it, and what it moves.
///
///     CountedReducer reducer(many_nodes(512, 8, 2049), {.lanes = 4096, .elements = 25'557'032});
///     const StepTraffic traffic = reducer.step();
class CountedReducer {
 public:
  CountedReducer(const Topology& topology, const LaneReducerOptions& options)
      : own_(lanes_of_rank(options.lanes, topology.rank, topology.size)),
        reducer_(topology, std::make_shared<CountingTransport>(topology, traffic_), options, {},
                 "counted") {}

  StepTraffic step() {
    traffic_ = {};
    for (int lane = own_.first; lane < own_.last; ++lane) {
      reducer_.begin_lane(lane);
      reducer_.end_lane(lane);
    }
    reducer_.reduce();
    return traffic_;
  }

 private:
  LaneRange own_;
  StepTraffic traffic_;
  TransportLaneReducer reducer_;
};

/// `rank` of nodes that are alike.
inline Topology many_nodes(int nodes, int ranks_per_node, int rank) {
  std::vector<int> keys;
  for (int i = 0; i < nodes * ranks_per_node; ++i) keys.push_back(i / ranks_per_node);
  return order_by_node(keys, rank);
}

}  // namespace lockstep
