// Run under mpirun with several numbers of ranks.

#include "comm/reduction/transport_lane_reducer.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <ATen/ops/tensor.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/communicator/mpi_communicator.h"
#include "comm/device/device_communicator.h"
#include "comm/reduction/make_lane_reducer.h"
#include "tests/comm/reduction/lane_reducer_testing.h"

namespace lockstep {
namespace {

TEST(FastReduction, GivesAllRanksTheSameBits) {
  const auto communicator = make_mpi_communicator();
  constexpr int kLanes = 9;
  constexpr std::int64_t kElements = 5003;
  const auto reducer = make_lane_reducer(
      *communicator, {.kind = ReductionKind::fast, .lanes = kLanes, .elements = kElements});
  const LaneRange mine = lanes_of_rank(kLanes, communicator->rank(), communicator->size());
  for (int step = 0; step < 3; ++step) {
    const at::Tensor sum = reduce_step(*reducer, mine, step);
    const Buffer expected = serial_sum(kElements, kLanes, step);
    Buffer of_root(sum.data_ptr<float>(), sum.data_ptr<float>() + kElements);
    const std::vector<Buffer> lanes = all_lanes(kElements, kLanes, step);
    for (std::int64_t i = 0; i < kElements; ++i) {
      double magnitude = 0;
      for (const Buffer& lane : lanes) magnitude += std::abs(lane[i]);
      ASSERT_NEAR(of_root[i], expected[i], 2 * kLanes * 0x1p-24 * magnitude);
    }
    communicator->broadcast(std::as_writable_bytes(std::span(of_root)), 0);
    expect_equal_bits(sum, of_root);
  }
}

TEST(FastReduction, DescribesOneSumFromEachRank) {
  const auto communicator = make_mpi_communicator();
  const auto reducer = make_lane_reducer(
      *communicator, {.kind = ReductionKind::fast, .lanes = 7, .elements = 1'000'000});
  EXPECT_EQ(reducer->description(),
            fmt::format("MPI all-reduce in 1 buckets: one sum of 4.0 MB from each of {} ranks",
                        communicator->size()));
}

/// A device's reducer as the trainer gets it, over MPI.
TEST(DeviceReduction, IsConnectedBeforeTheFirstStepAndSumsTheSame) {
  const auto host = make_mpi_communicator({.declared_nodes = 2});
  DeviceCommunicator communicator(*host, make_host_transport(*host));
  constexpr int kLanes = 5;
  constexpr std::int64_t kElements = 5003;
  for (const ReductionKind kind : {ReductionKind::exact, ReductionKind::fast}) {
    const auto reducer =
        make_lane_reducer(communicator, {.kind = kind, .lanes = kLanes, .elements = kElements});
    const LaneRange mine = lanes_of_rank(kLanes, host->rank(), host->size());
    for (int step = 0; step < 3; ++step) {
      expect_sum(kind, reduce_step(*reducer, mine, step), serial_sum(kElements, kLanes, step));
    }
  }
}

TEST(DeviceReduction, OneRankNeedsNobody) {
  const auto host = make_single_communicator();
  DeviceCommunicator communicator(*host, make_single_transport(at::kCPU, /*stall_timeout=*/0));
  constexpr int kLanes = 5;
  constexpr std::int64_t kElements = 5003;
  const auto reducer = make_lane_reducer(communicator, {.lanes = kLanes, .elements = kElements});
  EXPECT_THAT(reducer->description(), testing::StartsWith("sum on one device"));
  for (int step = 0; step < 3; ++step) {
    expect_equal_bits(reduce_step(*reducer, {0, kLanes}, step),
                      serial_sum(kElements, kLanes, step));
  }
}

/// What a GPU does, over MPI: buckets that leave while the last lane is still being filled.
class BucketedReduction : public testing::TestWithParam<ReductionKind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, BucketedReduction,
                         testing::Values(ReductionKind::exact, ReductionKind::fast));

TEST_P(BucketedReduction, SendsBucketsAsTheyBecomeReady) {
  const auto communicator = make_mpi_communicator({.declared_nodes = 2});
  const int lanes = communicator->size() + 2;
  constexpr std::int64_t kElements = 7001;
  TransportLaneReducer reducer(communicator->topology(), make_host_transport(*communicator),
                               {.kind = GetParam(), .lanes = lanes, .elements = kElements},
                               {.first_elements = 300, .elements = 1100}, "test");
  const LaneRange mine = lanes_of_rank(lanes, communicator->rank(), communicator->size());
  for (int step = 0; step < 20; ++step) {
    std::vector<ElementRange>
        pieces;  // in any order, as backward completes parameters; some never announced
    for (std::int64_t begin = 0; begin < kElements; begin += 77) {
      pieces.push_back({begin, std::min(begin + 77, kElements)});
    }
    std::mt19937 random(static_cast<unsigned>(step * 100 + communicator->rank()));
    std::shuffle(pieces.begin(), pieces.end(), random);
    if (step % 3 == 0) pieces.resize(pieces.size() / 2);
    for (int lane = mine.first; lane < mine.last; ++lane) {
      at::Tensor slot = reducer.slots()[reducer.begin_lane(lane)];
      const Buffer values = lane_values(kElements, lane, step);
      const bool last = lane + 1 == mine.last;
      Buffer announced(kElements, 0.0f);
      if (last) {
        for (const ElementRange& piece : pieces) {
          std::copy(values.begin() + piece.begin, values.begin() + piece.end,
                    slot.data_ptr<float>() + piece.begin);
          std::fill(announced.begin() + piece.begin, announced.begin() + piece.end, 1.0f);
          reducer.ready(piece.begin, piece.end);
        }
      }
      for (std::int64_t i = 0; i < kElements; ++i) {
        if (announced[i] == 0.0f) slot.data_ptr<float>()[i] = values[i];
      }
      reducer.end_lane(lane);
    }
    const at::Tensor sum = reducer.reduce();
    expect_sum(GetParam(), sum, serial_sum(kElements, lanes, step));
  }
}

}  // namespace
}  // namespace lockstep
