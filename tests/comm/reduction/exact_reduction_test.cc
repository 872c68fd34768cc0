// Run under mpirun with several numbers of ranks.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/communicator/mpi_communicator.h"
#include "comm/reduction/make_lane_reducer.h"
#include "core/error.h"
#include "tests/comm/reduction/lane_reducer_testing.h"
#include "tests/file_size_limit.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

TEST(TestData, ShowsAnotherOrderOfAddition) {
  const std::vector<Buffer> lanes = all_lanes(1000, 4, 0);
  Buffer in_turn = lanes[0];
  for (int lane = 1; lane < 4; ++lane) in_turn = add_buffers(in_turn, lanes[lane]);
  EXPECT_NE(in_turn, serial_sum(1000, 4, 0));
}

struct Path {
  int declared_nodes;
  bool use_shared_memory;
};

class ExactReduction : public testing::TestWithParam<Path> {
 protected:
  std::unique_ptr<Communicator> communicator_ =
      make_mpi_communicator({.declared_nodes = GetParam().declared_nodes});

  std::unique_ptr<LaneReducer> make(int lanes, std::int64_t elements) {
    return make_lane_reducer(
        *communicator_,
        {.lanes = lanes, .elements = elements, .use_shared_memory = GetParam().use_shared_memory});
  }
  LaneRange mine(int lanes) const {
    return lanes_of_rank(lanes, communicator_->rank(), communicator_->size());
  }
};

INSTANTIATE_TEST_SUITE_P(Paths, ExactReduction,
                         testing::Values(Path{0, true}, Path{2, true}, Path{3, true},
                                         Path{0, false}, Path{2, false}, Path{3, false}),
                         [](const auto& path) {
                           const std::string nodes =
                               path.param.declared_nodes == 0
                                   ? "OneNode"
                                   : std::to_string(path.param.declared_nodes) + "Nodes";
                           return nodes +
                                  (path.param.use_shared_memory ? "SharedMemory" : "Messages");
                         });

TEST_P(ExactReduction, HasTheBitsOfTheDocumentedTree) {
  for (int lanes = communicator_->size(); lanes <= std::max(9, communicator_->size()); ++lanes) {
    for (std::int64_t elements : {1, 3, 64, 1000, 1024, 5000, 20011}) {
      SCOPED_TRACE(fmt::format("{} lanes, {} elements", lanes, elements));
      const auto reducer = make(lanes, elements);
      for (int step = 0; step < 3; ++step) {
        expect_equal_bits(reduce_step(*reducer, mine(lanes), step),
                          serial_sum(elements, lanes, step));
      }
    }
  }
}

TEST_P(ExactReduction, KeepsStepsApartWhenRanksAreOutOfPace) {
  const int lanes = communicator_->size() + 1;
  constexpr std::int64_t kElements = 3000;
  const auto reducer = make(lanes, kElements);
  std::mt19937 random(static_cast<unsigned>(communicator_->rank()));
  const auto dawdle = [&] {
    if (random() % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
  };
  for (int step = 0; step < 300; ++step) {
    dawdle();
    const at::Tensor sum = reduce_step(*reducer, mine(lanes), step);
    dawdle();
    expect_equal_bits(sum, serial_sum(kElements, lanes, step));
    if (HasFailure()) break;
  }
}

TEST_P(ExactReduction, KeepsTheResultUntilTheNextReduce) {
  const int lanes = communicator_->size() + 1;
  const auto reducer = make(lanes, 5000);
  const at::Tensor sum = reduce_step(*reducer, mine(lanes), 0);
  for (int lane = mine(lanes).first; lane < mine(lanes).last; ++lane) {
    at::Tensor slot = reducer->slots()[reducer->begin_lane(lane)];
    slot.fill_(1.0f);
    reducer->end_lane(lane);
  }
  communicator_->barrier();
  expect_equal_bits(sum, serial_sum(5000, lanes, 0));
  communicator_->barrier();
  reducer->reduce();
}

TEST_P(ExactReduction, StaysWithinTheErrorBoundOfTheTree) {
  const int lanes = std::max(9, communicator_->size());
  constexpr std::int64_t kElements = 4000;
  const auto reducer = make(lanes, kElements);
  const at::Tensor sum = reduce_step(*reducer, mine(lanes), 7);
  const std::vector<Buffer> values = all_lanes(kElements, lanes, 7);
  // Pairwise summation: depth x unit roundoff x sum of magnitudes (Higham, "Accuracy and
  // Stability", 4.2), to first order.
  const double depth = std::ceil(std::log2(lanes));
  for (std::int64_t i = 0; i < kElements; ++i) {
    double exact = 0;
    double magnitude = 0;
    for (const Buffer& lane : values) {
      exact += lane[i];
      magnitude += std::abs(lane[i]);
    }
    ASSERT_LE(std::abs(sum.data_ptr<float>()[i] - exact), 1.01 * depth * 0x1p-24 * magnitude)
        << "element " << i;
  }
}

TEST_P(ExactReduction, RefusesMoreRanksThanLanes) {
  if (communicator_->size() == 1) GTEST_SKIP() << "one rank cannot be too many";
  EXPECT_THAT(message_of(ExitCode::usage, [&] { make(communicator_->size() - 1, 10); }),
              testing::HasSubstr("at most"));
}

TEST(ExactReductionFallback, AllRanksUseMessagesWhereOneCannotAllocate) {
  const auto communicator = make_mpi_communicator();
  if (communicator->size() == 1) GTEST_SKIP() << "a rank alone on its node needs no shared memory";
  const int lanes = communicator->size();
  const int failing =
      communicator->size() - 1;  // its part lies at the end, beyond what others have allocated
  std::unique_ptr<LaneReducer> reducer;
  {
    const FileSizeLimit limit(communicator->rank() == failing ? 4096 : RLIM_INFINITY);
    reducer = make_lane_reducer(*communicator, {.lanes = lanes, .elements = 10000});
  }
  EXPECT_THAT(reducer->description(), testing::HasSubstr("messages"));
  EXPECT_THAT(reducer->description(), testing::HasSubstr(fmt::format("rank {}", failing)));
  const LaneRange mine = lanes_of_rank(lanes, communicator->rank(), lanes);
  expect_equal_bits(reduce_step(*reducer, mine, 0), serial_sum(10000, lanes, 0));
}

TEST(ExactReductionAlone, NeedsNoLauncherAndNoMessages) {
  const auto communicator = make_single_communicator();
  for (int lanes = 1; lanes <= 9; ++lanes) {
    const auto reducer = make_lane_reducer(*communicator, {.lanes = lanes, .elements = 1000});
    for (int step = 0; step < 2; ++step) {
      expect_equal_bits(reduce_step(*reducer, {0, lanes}, step), serial_sum(1000, lanes, step));
    }
  }
}

TEST(Slots, AreAlignedForVectorInstructions) {
  const auto communicator = make_mpi_communicator();
  for (const ReductionKind kind : {ReductionKind::exact, ReductionKind::fast}) {
    const auto reducer =
        make_lane_reducer(*communicator, {.kind = kind, .lanes = 9, .elements = 1001});
    for (const at::Tensor& slot : reducer->slots()) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(slot.data_ptr()) % 64, 0);
    }
  }
}

}  // namespace
}  // namespace lockstep
