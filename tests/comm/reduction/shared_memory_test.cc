// Run under mpirun with several numbers of ranks.

#include "comm/reduction/shared_memory.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "comm/communicator/mpi_communicator.h"
#include "comm/reduction/make_lane_reducer.h"
#include "core/error.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kPart = 3 * 4096;  // of each rank

/// Names in shared memory of this job's processes.
std::vector<std::string> names_of_job(Communicator& communicator) {
  const pid_t self = getpid();
  std::vector<pid_t> pids(communicator.size());
  communicator.all_gather(std::as_bytes(std::span(&self, 1)),
                          std::as_writable_bytes(std::span(pids)));
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator("/dev/shm")) {
    const std::string name = entry.path().filename().string();
    const auto is_owner = [&](pid_t pid) {
      return name.find(fmt::format("-{}-", pid)) != name.npos;
    };
    if (name.starts_with("lockstep-") && std::ranges::any_of(pids, is_owner)) names.push_back(name);
  }
  return names;
}

class SharedMemoryTest : public testing::Test {
 protected:
  std::unique_ptr<Communicator> communicator_ = make_mpi_communicator();
  const std::size_t rank_ = communicator_->rank();
  const std::size_t size_ = communicator_->size();

  SharedMemory make() {
    const MemoryExtent mine = {.offset = rank_ * kPart, .size = kPart};
    return SharedMemory(*communicator_, size_ * kPart, std::span(&mine, 1));
  }
};

TEST_F(SharedMemoryTest, StartsZeroedAndPageAligned) {
  SharedMemory memory = make();
  ASSERT_EQ(memory.bytes().size(), size_ * kPart);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.bytes().data()) % 4096, 0);
  EXPECT_THAT(memory.bytes(), testing::Each(std::byte{0}));
}

TEST_F(SharedMemoryTest, EveryRankSeesWhatOthersWroteBeforeTheBarrier) {
  SharedMemory memory = make();
  for (int round = 1; round < 100; ++round) {
    const auto value = [&](std::size_t rank) { return static_cast<std::byte>(round + 100 * rank); };
    std::ranges::fill(memory.bytes().subspan(rank_ * kPart, kPart), value(rank_));
    memory.barrier();
    for (std::size_t rank = 0; rank < size_; ++rank) {
      ASSERT_THAT(memory.bytes().subspan(rank * kPart, kPart), testing::Each(value(rank)));
    }
    memory.barrier();
  }
}

TEST_F(SharedMemoryTest, HasNoNameWhileInUseNorAfter) {
  {
    SharedMemory memory = make();
    EXPECT_THAT(names_of_job(*communicator_), testing::IsEmpty());
    memory.barrier();
  }
  EXPECT_THAT(names_of_job(*communicator_), testing::IsEmpty());
}

TEST_F(SharedMemoryTest, TooMuchIsRefusedOnAllRanks) {
  if (size_ == 1) GTEST_SKIP() << "a rank alone on its node takes its own memory";
  const std::size_t too_much = std::size_t{1} << 46;
  const MemoryExtent mine = {.offset = 0, .size = rank_ == 0 ? too_much : 0};
  EXPECT_THAT(
      message_of(ExitCode::storage,
                 [&] { SharedMemory memory(*communicator_, too_much, std::span(&mine, 1)); }),
      testing::HasSubstr("(rank 0): cannot allocate 70368744.2 MB in /dev/shm"));
  EXPECT_THAT(names_of_job(*communicator_), testing::IsEmpty());
}

class StaleName : public SharedMemoryTest, public testing::WithParamInterface<ReductionKind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, StaleName,
                         testing::Values(ReductionKind::exact, ReductionKind::fast));

TEST_P(StaleName, OfAKilledJobIsRemovedAtTheNextStart) {
  fs::path left_by_dead, of_living;
  if (rank_ == 0) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    std::string space = fs::read_symlink("/proc/self/ns/pid").string();
    std::erase_if(space, [](char c) { return c < '0' || c > '9'; });
    left_by_dead = fmt::format("/dev/shm/lockstep-{}-{}-1", space, child);
    of_living = fmt::format("/dev/shm/lockstep-{}-{}-1", space, getppid());
    std::ofstream(left_by_dead) << "";
    std::ofstream(of_living) << "";
  }
  make_lane_reducer(*communicator_,
                    {.kind = GetParam(), .lanes = communicator_->size(), .elements = 100});
  if (rank_ == 0) {
    EXPECT_FALSE(fs::exists(left_by_dead));
    EXPECT_TRUE(fs::exists(of_living));
    fs::remove(of_living);
  }
}

}  // namespace
}  // namespace lockstep
