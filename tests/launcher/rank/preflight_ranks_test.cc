#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/communicator/mpi_communicator.h"
#include "core/error.h"
#include "launcher/rank/preflight.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

TEST(PreflightOverRanks, AgreesOnEveryRank) {
  const auto communicator = make_mpi_communicator();
  const int ranks = communicator->size();
  const auto with = [&](const std::string& expected) {
    preflight({{"LOCKSTEP_EXPECT", expected}}, *communicator);
  };
  EXPECT_NO_THROW(preflight({}, *communicator));
  EXPECT_NO_THROW(with(fmt::format("nodes=1 tasks={} tasks_per_node={}", ranks, ranks)));
  EXPECT_THAT(message_of(ExitCode::usage, [&] { with(fmt::format("tasks={}", ranks + 1)); }),
              testing::HasSubstr(fmt::format("and {} have started", ranks)));
  EXPECT_THAT(message_of(ExitCode::usage, [&] { with("nodes=2"); }),
              testing::HasSubstr("they are on 1"));
  communicator->barrier();
}

}  // namespace
}  // namespace lockstep
