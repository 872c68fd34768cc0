#include "trainer/step/rank_agreement.h"

#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/communicator/mpi_communicator.h"
#include "core/error.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

TEST(RankAgreement, EqualBitsPass) {
  const auto communicator = make_mpi_communicator();
  EXPECT_NO_THROW(check_equal_on_all_ranks(at::ones({100}), *communicator));
}

TEST(RankAgreement, OneOtherBitOnTheLastRankIsRefusedOnEveryRankAndNamed) {
  const auto communicator = make_mpi_communicator();
  const int last = communicator->size() - 1;
  if (last == 0) GTEST_SKIP() << "one rank agrees with itself";
  at::Tensor values = at::ones({100});
  if (communicator->rank() == last) values[57] = 1.0000001f;
  EXPECT_THAT(message_of(ExitCode::usage, [&] { check_equal_on_all_ranks(values, *communicator); }),
              testing::HasSubstr("rank " + std::to_string(last) + " on "));
}

}  // namespace
}  // namespace lockstep
