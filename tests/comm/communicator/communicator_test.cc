// Run under mpirun with several numbers of ranks.

#include "comm/communicator/communicator.h"

#include <cstring>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/communicator/mpi_communicator.h"
#include "comm/communicator/topology.h"

namespace lockstep {
namespace {

using testing::Each;
using testing::ElementsAre;

template <typename T>
std::span<std::byte> bytes_of(std::vector<T>& values) {
  return std::as_writable_bytes(std::span(values));
}

/// Every message is cut into pieces of the option's size, as those beyond MPI's limit are.
class MpiCommunicatorTest : public testing::TestWithParam<std::size_t> {
 protected:
  std::unique_ptr<Communicator> communicator_ =
      make_mpi_communicator({.max_message_bytes = GetParam()});
  const int rank_ = communicator_->rank();
  const int size_ = communicator_->size();
};

INSTANTIATE_TEST_SUITE_P(MaxMessageBytes, MpiCommunicatorTest,
                         testing::Values(8, 104, std::size_t{1} << 30));

TEST_P(MpiCommunicatorTest, BroadcastsFromEveryRoot) {
  for (int root = 0; root < size_; ++root) {
    for (std::size_t count : {0, 1, 13, 1000}) {
      std::vector<int> data(count, rank_);
      communicator_->broadcast(bytes_of(data), root);
      EXPECT_THAT(data, Each(root));
    }
  }
}

TEST_P(MpiCommunicatorTest, GathersInRankOrder) {
  for (std::size_t count : {0, 1, 13, 1000}) {
    std::vector<int> mine(count, rank_);
    std::vector<int> all(count * size_, -1);
    communicator_->all_gather(bytes_of(mine), bytes_of(all));
    std::vector<int> in_place(count * size_, -1);
    std::fill_n(in_place.begin() + static_cast<std::ptrdiff_t>(count) * rank_, count, rank_);
    communicator_->all_gather(
        bytes_of(in_place).subspan(count * sizeof(int) * rank_, count * sizeof(int)),
        bytes_of(in_place));
    for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], static_cast<int>(i / count));
    EXPECT_EQ(in_place, all);
  }
}

TEST_P(MpiCommunicatorTest, SumsElementByElement) {
  std::vector<std::int64_t> integers(1000);
  std::iota(integers.begin(), integers.end(), std::int64_t{1} << 40);
  communicator_->all_reduce_sum(integers);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(integers[i], ((std::int64_t{1} << 40) + i) * size_);
  std::vector<float> floats(1000, static_cast<float>(rank_ + 1));
  communicator_->all_reduce_sum(floats);
  EXPECT_THAT(floats, Each(static_cast<float>(size_ * (size_ + 1) / 2)));
}

TEST_P(MpiCommunicatorTest, ExchangesSeveralMessagesWithEveryPeerInOrder) {
  constexpr int kMessages = 3;
  std::vector<std::vector<int>> sent, received;
  std::vector<Outgoing> sends;
  std::vector<Incoming> receives;
  sent.reserve(size_ * kMessages);
  received.reserve(size_ * kMessages);
  for (int peer = 0; peer < size_; ++peer) {
    if (peer == rank_) continue;
    for (int i = 0; i < kMessages; ++i) {
      sent.emplace_back(100 * i, 100 * rank_ + i);
      sends.push_back({.to = peer, .data = bytes_of(sent.back())});
      received.emplace_back(100 * i, -1);
      receives.push_back({.from = peer, .data = bytes_of(received.back())});
    }
  }
  communicator_->exchange(sends, receives);
  for (std::size_t i = 0; i < receives.size(); ++i) {
    EXPECT_THAT(received[i], Each(100 * receives[i].from + static_cast<int>(i) % kMessages));
  }
}

TEST(MpiTopology, OneMachineIsOneNode) {
  const auto communicator = make_mpi_communicator();
  const Topology& topology = communicator->topology();
  EXPECT_EQ(topology.nodes, 1);
  EXPECT_EQ(topology.local_rank, topology.rank);
  EXPECT_EQ(topology.local_size, topology.size);
}

TEST(MpiTopology, DeclaredNodesHoldConsecutiveRanks) {
  const auto communicator = make_mpi_communicator({.declared_nodes = 2});
  const Topology& topology = communicator->topology();
  EXPECT_EQ(topology.nodes, std::min(2, topology.size));
  EXPECT_TRUE(std::is_sorted(topology.node_of.begin(), topology.node_of.end()));
  EXPECT_EQ(topology.local_rank, topology.rank - node_starts(topology)[topology.node]);
  std::vector<int> ranks(topology.size);
  std::vector<int> mine = {topology.rank};
  communicator->all_gather(bytes_of(mine), bytes_of(ranks));
  EXPECT_TRUE(std::is_sorted(ranks.begin(), ranks.end()));
}

TEST(SingleCommunicator, IsAJobOfOne) {
  const auto communicator = make_single_communicator();
  EXPECT_EQ(communicator->size(), 1);
  EXPECT_EQ(communicator->topology().nodes, 1);
  std::vector<int> mine = {4, 5};
  std::vector<int> all(2);
  communicator->all_gather(bytes_of(mine), bytes_of(all));
  EXPECT_THAT(all, ElementsAre(4, 5));
  communicator->broadcast(bytes_of(mine), 0);
  communicator->barrier();
  communicator->exchange({}, {});
  std::vector<float> floats = {1.5f};
  communicator->all_reduce_sum(floats);
  EXPECT_THAT(floats, ElementsAre(1.5f));
}

}  // namespace
}  // namespace lockstep
