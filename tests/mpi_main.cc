// The main of tests that run under mpirun. Rank 0 prints as GoogleTest does, the others only what
// fails on them; a failure on any rank fails the program on all.

#include <array>
#include <cstdint>
#include <iostream>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "comm/communicator/mpi_communicator.h"
#include "comm/communicator/mpi_session.h"

namespace {

/// A rank that leaves a test early may leave its peers in a collective for ever: from the first
/// failure on, the program has this long. SIGALRM then ends the rank, and mpirun the others.
constexpr unsigned kSecondsAfterFailure = 120;

class RankReporter final : public testing::EmptyTestEventListener {
 public:
  explicit RankReporter(int rank) : rank_(rank) {}

  void OnTestStart(const testing::TestInfo& test) override {
    test_ = std::string(test.test_suite_name()) + "." + test.name();
  }

  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    alarm(kSecondsAfterFailure);
    if (rank_ == 0) return;  // GoogleTest's own printer is there
    // Asking GoogleTest for the current test here would wait for the lock that it holds.
    std::cerr << "[rank " << rank_ << "] " << test_ << "\n[rank " << rank_ << "] "
              << (result.file_name() ? result.file_name() : "") << ':' << result.line_number()
              << ": " << result.message() << std::endl;
  }

 private:
  int rank_;
  std::string test_;
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const lockstep::MpiSession session;
  const auto communicator = lockstep::make_mpi_communicator();
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  if (communicator->rank() != 0) delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new RankReporter(communicator->rank()));

  std::array<std::int64_t, 1> failures = {RUN_ALL_TESTS()};
  communicator->all_reduce_sum(failures);
  if (communicator->rank() == 0 && failures[0] > 0) std::cerr << failures[0] << " ranks failed\n";
  return failures[0] > 0 ? 1 : 0;
}
