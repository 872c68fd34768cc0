#include "comm/communicator/odd_ranks.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/communicator/mpi_communicator.h"
#include "core/process/host_name.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Digests = std::vector<std::string>;

TEST(OddRanks, AreThoseOutsideTheMajority) {
  EXPECT_THAT(find_odd_ranks(Digests{"a"}).ranks, IsEmpty());
  EXPECT_THAT(find_odd_ranks(Digests{"a", "a", "a"}).ranks, IsEmpty());
  for (const Digests& digests : {Digests{"b", "a", "a"}, Digests{"b", "a", "a", "a"}}) {
    EXPECT_THAT(find_odd_ranks(digests).ranks, ElementsAre(0));
    EXPECT_TRUE(find_odd_ranks(digests).against_majority);
  }
  EXPECT_THAT(find_odd_ranks(Digests{"a", "b", "a", "c", "a"}).ranks, ElementsAre(1, 3));
}

TEST(OddRanks, AreAllWhereThereIsNoMajority) {
  for (const Digests& digests : {Digests{"a", "b"}, Digests{"a", "b", "c"},
                                 Digests{"a", "a", "b", "b"}, Digests{"a", "a", "b", "c"}}) {
    const OddRanks odd = find_odd_ranks(digests);
    EXPECT_EQ(odd.ranks.size(), digests.size());
    EXPECT_FALSE(odd.against_majority);
  }
}

TEST(OddRanks, AreToldWithTheirHosts) {
  const auto communicator = make_mpi_communicator();
  const int size = communicator->size(), last = size - 1;
  EXPECT_EQ(tell_odd_ranks(*communicator, "same"), "");
  if (size == 1) return;
  const std::string text =
      tell_odd_ranks(*communicator, communicator->rank() == last ? "othr" : "same");
  EXPECT_THAT(text, HasSubstr("rank " + std::to_string(last) + " on " + host_name()));
  if (size == 2) {
    EXPECT_THAT(text, AllOf(HasSubstr("rank 0 on "), HasSubstr("no majority")));
  } else {
    EXPECT_THAT(text, HasSubstr(fmt::format("holds other bits than the other {} ranks", last)));
    EXPECT_THAT(text, Not(HasSubstr("rank 0 on ")));
  }
}

}  // namespace
}  // namespace lockstep
