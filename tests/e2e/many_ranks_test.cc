// More ranks than cores, each with one lane: all start, and one step has the bits of one rank.
// docs/scaling.md says what 64 of them take.

#include <gmock/gmock.h>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

class ManyRanks : public JobTest {};

TEST_F(ManyRanks, StartAndTakeTheStepOfOne) {
  const std::vector<std::string> step = {"train.lanes=16", "train.batch=4", "train.max_steps=1"};
  for (const int ranks : {1, 16}) {
    const ProgramResult result = lockstep_program(job_->train(std::to_string(ranks), ranks, step));
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  const RunState one = newest_state(job_->run_dir("1"));
  EXPECT_EQ(one.step, 1);
  EXPECT_EQ(newest_state(job_->run_dir("16")), one);
}

}  // namespace
}  // namespace lockstep
