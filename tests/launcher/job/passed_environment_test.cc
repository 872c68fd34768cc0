#include "launcher/job/passed_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using testing::IsEmpty;

TEST(PassedEnvironment, HoldsWhatProgramsAndLaunchersNeed) {
  const Environment needed = {{"PATH", "/bin"},
                              {"LC_ALL", "C"},
                              {"LD_LIBRARY_PATH", "/l"},
                              {"OMPI_MCA_btl", "x"},
                              {"NCCL_DEBUG", "INFO"},
                              {"CUDA_VISIBLE_DEVICES", "0"},
                              {"SLURM_CONF", "/c"},
                              {"LOCKSTEP_MPIRUN", ""},
                              {"OMP_NUM_THREADS", "1"},
                              {"LD_PRELOAD", "/f.so"},
                              {"BASH_FUNC_module%%", "() { :; }"}};
  EXPECT_EQ(passed_environment(needed), needed);
}

TEST(PassedEnvironment, HoldsNoKeysOfOtherServices) {
  EXPECT_THAT(passed_environment({{"AWS_SECRET_ACCESS_KEY", "s"},
                                  {"GITHUB_TOKEN", "s"},
                                  {"NVIDIA_API_KEY", "s"},
                                  {"APPTAINER_DOCKER_PASSWORD", "s"},
                                  {"PYTHONPATH", "p"},
                                  {"PATHOLOGY", "p"}}),
              IsEmpty());
}

TEST(PassedEnvironment, HoldsWhatTheUserAdds) {
  const Environment passed = passed_environment(
      {{"LOCKSTEP_PASS", "KRB5CCNAME,WANDB_MODE"}, {"KRB5CCNAME", "k"}, {"WANDB_API_KEY", "s"}});
  EXPECT_EQ(passed, (Environment{{"LOCKSTEP_PASS", "KRB5CCNAME,WANDB_MODE"}, {"KRB5CCNAME", "k"}}));
}

}  // namespace
}  // namespace lockstep
