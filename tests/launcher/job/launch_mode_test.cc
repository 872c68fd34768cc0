#include "launcher/job/launch_mode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

TEST(LaunchMode, FollowsFromTheEnvironment) {
  struct Case {
    const char* what;
    Environment environment;
    LaunchMode mode;
  };
  const Case cases[] = {
      {"a shell", {{"HOME", "/root"}}, LaunchMode::alone},
      {"Open MPI's mpirun", {{"OMPI_COMM_WORLD_SIZE", "2"}, {"PMIX_RANK", "0"}}, LaunchMode::rank},
      {"mpirun that -n started",
       {{"OMPI_COMM_WORLD_SIZE", "2"}, {"LOCKSTEP_PARENT", "77"}},
       LaunchMode::rank},
      {"srun --mpi=pmix",
       {{"SLURM_JOB_ID", "1"},
        {"SLURM_STEP_ID", "0"},
        {"SLURM_PROCID", "1"},
        {"SLURM_STEP_NUM_TASKS", "2"},
        {"PMIX_RANK", "1"}},
       LaunchMode::rank},
      {"a batch script's body",
       {{"SLURM_JOB_ID", "1"}, {"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}},
       LaunchMode::alone},
      {"a batch script's body that Slurm numbers as a step",
       {{"SLURM_JOB_ID", "1"}, {"SLURM_STEP_ID", "4294967291"}, {"SLURM_PROCID", "0"}},
       LaunchMode::alone},
      {"srun --pty bash",
       {{"SLURM_STEP_ID", "0"}, {"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "1"}},
       LaunchMode::alone},
      {"another MPI's mpirun -n 1", {{"PMI_RANK", "0"}, {"PMI_SIZE", "1"}}, LaunchMode::alone},
  };
  for (const Case& test : cases) EXPECT_EQ(launch_mode(test.environment), test.mode) << test.what;
}

TEST(LaunchMode, TasksThatCannotFindEachOtherAreAnErrorThatSaysWhatToChange) {
  struct Case {
    const char* what;
    Environment environment;
    const char* advice;
  };
  const Case cases[] = {
      {"srun without PMIx",
       {{"SLURM_JOB_ID", "1"},
        {"SLURM_STEP_ID", "0"},
        {"SLURM_PROCID", "1"},
        {"SLURM_STEP_NUM_TASKS", "2"}},
       "srun --mpi=pmix"},
      {"srun --mpi=pmi2",
       {{"SLURM_STEP_ID", "0"},
        {"SLURM_PROCID", "1"},
        {"SLURM_STEP_NUM_TASKS", "2"},
        {"PMI_SIZE", "2"}},
       "srun --mpi=pmix"},
      {"another MPI's mpirun", {{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}}, "Open MPI's mpirun"},
      {"-n with another MPI's mpirun",
       {{"LOCKSTEP_PARENT", "77"}, {"PMI_SIZE", "2"}},
       "LOCKSTEP_MPIRUN"},
  };
  for (const Case& test : cases) {
    EXPECT_THAT(message_of(ExitCode::usage, [&] { launch_mode(test.environment); }),
                testing::HasSubstr(test.advice))
        << test.what;
  }
}

TEST(CurrentEnvironment, HasWhatIsSet) {
  setenv("LOCKSTEP_TEST_VARIABLE", "a=b", 1);
  EXPECT_EQ(current_environment().at("LOCKSTEP_TEST_VARIABLE"), "a=b");
  unsetenv("LOCKSTEP_TEST_VARIABLE");
}

}  // namespace
}  // namespace lockstep
