// Run under mpirun with several numbers of ranks.

#include "comm/communicator/gather_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/communicator/mpi_communicator.h"

namespace lockstep {
namespace {

using testing::Each;

/// Longer with the rank, and rank 0's empty; with a zero byte, which does not end it.
std::string text_of(int rank) {
  std::string text(1000 * rank, static_cast<char>('a' + rank));
  if (rank > 0) text[rank] = '\0';
  return text;
}

TEST(GatherTexts, EveryRankHasAllOfThemInRankOrder) {
  const auto communicator = make_mpi_communicator();
  const std::vector<std::string> texts = gather_texts(*communicator, text_of(communicator->rank()));
  ASSERT_EQ(std::ssize(texts), communicator->size());
  for (int rank = 0; rank < communicator->size(); ++rank) EXPECT_EQ(texts[rank], text_of(rank));
}

TEST(GatherTexts, AllMayBeEmpty) {
  const auto communicator = make_mpi_communicator();
  EXPECT_THAT(gather_texts(*communicator, ""), Each(""));
}

}  // namespace
}  // namespace lockstep
