// Run under mpirun with several numbers of ranks.

#include "comm/lane_reducer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <random>
#include <thread>
#include <vector>

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "comm/mpi_communicator.h"
#include "comm/tensor_transport.h"
#include "comm/transport_lane_reducer.h"
#include "core/error.h"
#include "tests/comm/documented_tree.h"

namespace lockstep {
namespace {

using Buffer = std::vector<float>;

/// What `lane` contributes in `step`: numbers of very different size, so that another order of
/// addition shows.
Buffer lane_values(std::int64_t elements, int lane, int step) {
  std::mt19937 random(static_cast<unsigned>(1000 * step + lane));
  std::normal_distribution<float> mantissa;
  std::uniform_int_distribution<int> exponent(-12, 12);
  Buffer values(elements);
  for (float& value : values) value = std::ldexp(mantissa(random), exponent(random));
  return values;
}

std::vector<Buffer> all_lanes(std::int64_t elements, int lanes, int step) {
  std::vector<Buffer> values;
  for (int lane = 0; lane < lanes; ++lane) values.push_back(lane_values(elements, lane, step));
  return values;
}

Buffer add_buffers(Buffer left, const Buffer& right) {
  for (std::size_t i = 0; i < left.size(); ++i) left[i] += right[i];
  return left;
}

Buffer serial_sum(std::int64_t elements, int lanes, int step) {
  return documented_tree<Buffer>(all_lanes(elements, lanes, step), add_buffers);
}

void expect_equal_bits(const at::Tensor& actual, const Buffer& expected) {
  ASSERT_EQ(actual.numel(), std::ssize(expected));
  EXPECT_EQ(std::memcmp(actual.data_ptr<float>(), expected.data(), expected.size() * sizeof(float)),
            0);
}

/// One step: this rank's lanes through the reducer.
at::Tensor reduce_step(LaneReducer& reducer, LaneRange range, int step) {
  for (int lane = range.first; lane < range.last; ++lane) {
    at::Tensor slot = reducer.slots()[reducer.begin_lane(lane)];
    const Buffer values = lane_values(slot.numel(), lane, step);
    EXPECT_EQ(slot.count_nonzero().item<std::int64_t>(), 0);
    std::copy(values.begin(), values.end(), slot.data_ptr<float>());
    reducer.end_lane(lane);
  }
  return reducer.reduce();
}

std::vector<std::filesystem::path> shared_memory_names() {
  std::vector<std::filesystem::path> names;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
    if (entry.path().filename().string().starts_with("lockstep-")) names.push_back(entry.path());
  }
  return names;
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

TEST_P(ExactReduction, LeavesNoNameInSharedMemory) {
  communicator_->barrier();
  const auto reducer = make(communicator_->size(), 100000);
  communicator_->barrier();
  EXPECT_THAT(shared_memory_names(), testing::IsEmpty());
}

TEST_P(ExactReduction, RefusesMoreRanksThanLanes) {
  if (communicator_->size() == 1) GTEST_SKIP() << "one rank cannot be too many";
  try {
    make(communicator_->size() - 1, 10);
    FAIL() << "made";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    EXPECT_THAT(error.what(), testing::HasSubstr("at most"));
  }
}

/// Restores what a test lowers.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit lowered = {.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &lowered);
    std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit before_{};
};

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
    const Buffer expected = serial_sum(kElements, lanes, step);
    if (GetParam() == ReductionKind::exact) {
      expect_equal_bits(sum, expected);
    } else {
      EXPECT_TRUE(sum.allclose(at::tensor(expected), 1e-3, 1.0));
    }
  }
}

}  // namespace
}  // namespace lockstep
