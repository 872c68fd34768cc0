#include "launcher/history/restarts.h"

#include <gmock/gmock.h>

#include "core/storage/new_file.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Restarts, AreTheStepsThatALogContinuesFrom) {
  EXPECT_THAT(
      restarts_of("2026-11-30 06:50:30.568 I the plan:\n  run  runs/a\n"
                  "2026-11-30 06:50:31.002 I continuing from runs/a (step 3)/checkpoints/step_8 "
                  "(step 8)\n"
                  "2026-11-30 06:51:31.002 I continuing from a (step x)\n"
                  "2026-11-30 06:51:31.002 I continuing from a (step 9\n"
                  "2026-11-30 06:52:31.002 I continuing from a (step 16)"),
      ElementsAre(8, 16));
}

TEST(Restarts, AreNeitherOtherParametersNorStartsThatHadNothingToDo) {
  EXPECT_THAT(
      restarts_of("2026 I other parameters are trained from here on: the run goes on as after a "
                  "restart\n2026 I continuing from a (step 2)\n"
                  "2026 I continuing from a (step 4)\n"
                  "2026 I done at step 6; best valid/accuracy 60 % at step 4\n"
                  "2026 I continuing from a (step 6)\n"
                  "2026 I done at step 6; best valid/accuracy 60 % at step 4\n"),
      ElementsAre(4));
}

TEST(Restarts, OfARunWithoutALogAreNone) {
  const TemporaryDirectory directory;
  EXPECT_THAT(read_restarts(directory.path()), IsEmpty());
}

}  // namespace
}  // namespace lockstep
