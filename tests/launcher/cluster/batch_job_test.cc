#include "launcher/cluster/batch_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "launcher/config/array_indices.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

BatchJob job() {
  BatchJob job{.program = "/opt/lockstep/bin/lockstep",
               .run = "/scratch/my runs/pets",
               .notes = "/scratch/my runs/pets/slurm",
               .working_directory = "/home/me",
               .most_ranks = 8,
               .arguments = {"/scratch/my runs/pets/slurm/config_1.yaml"}};
  job.slurm.job_name = "pets";
  return job;
}

BatchJob with(std::string SlurmOptions::*member, const std::string& text) {
  BatchJob changed = job();
  changed.slurm.*member = text;
  return changed;
}

TEST(BatchScript, HasTheOptionsThatAreSetAndNoOthers) {
  BatchJob large = job();
  large.slurm.nodes = 4;
  large.slurm.gpus_per_node = 8;
  large.slurm.cpus_per_task = 12;
  large.slurm.time = "12:00:00";
  large.slurm.partition = "gpu";
  large.slurm.constraint = "a100&ib";
  EXPECT_THAT(batch_script(large), StartsWith(R"(#!/bin/bash
#SBATCH --job-name=pets
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=8
#SBATCH --gpus-per-node=8
#SBATCH --cpus-per-task=12
#SBATCH --time=12:00:00
#SBATCH --partition=gpu
#SBATCH --constraint="a100&ib"
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output="/scratch/my runs/pets/slurm/%j.out"
#SBATCH --chdir=/home/me
)"));
  EXPECT_THAT(batch_script(job()), Not(HasSubstr("--gpus-per-node=")));
}

TEST(BatchScript, AsksTheShellWhereMpirunStartsTheRanks) {
  BatchJob by_mpirun = job();
  by_mpirun.slurm.launcher = SlurmLauncher::mpirun;
  by_mpirun.slurm.signal_s = 300;
  by_mpirun.mpirun = "/usr/bin/mpirun";
  EXPECT_THAT(batch_script(by_mpirun),
              AllOf(HasSubstr("#SBATCH --signal=B:USR2@300\n"), HasSubstr("\nlauncher=mpirun\n"),
                    HasSubstr("\nmpirun=/usr/bin/mpirun\n")));
}

TEST(BatchScript, TakesFewerNodesWhereTheyAreAllowed) {
  BatchJob elastic = job();
  elastic.slurm.nodes = 4;
  elastic.slurm.nodes_min = 2;
  EXPECT_THAT(batch_script(elastic),
              AllOf(HasSubstr("--nodes=2-4\n"), HasSubstr("--mincpus="),
                    Not(HasSubstr("#SBATCH --ntasks")), HasSubstr("\nmost_ranks=8\n")));
  EXPECT_EQ(fewest_nodes(elastic.slurm), 2);
}

TEST(BatchScript, PutsTheLinesOfASiteWhereSlurmAndTheShellReadThem) {
  BatchJob site = job();
  site.slurm.setup = {"module load openmpi", "#SBATCH --reservation=course"};
  site.slurm.wrapper = {"apptainer", "exec", "--nv", "my image.sif"};
  const std::string script = batch_script(site);
  EXPECT_LT(script.find("#SBATCH --reservation=course"), script.find("module load openmpi"));
  EXPECT_LT(script.find("module load openmpi"), script.find("set -u"));
  EXPECT_THAT(script, HasSubstr("wrapper=(apptainer exec --nv 'my image.sif')\n"));
}

TEST(BatchScript, KeepsWordsAsTheyAre) {
  BatchJob odd = job();
  odd.arguments = {"a b.yaml", "data.classes=[cat, it's]", "$(reboot)"};
  EXPECT_THAT(batch_script(odd), HasSubstr(R"(set -- 'a b.yaml' 'data.classes=[cat, it'\''s]' )"
                                           "'$(reboot)'\n"));
}

TEST(BatchScript, HasTheBodyOfTheOneByHandWithoutItsSettings) {
  const std::string script = batch_script(job());
  EXPECT_THAT(script, AllOf(HasSubstr("scontrol requeue"), HasSubstr("asked_to_stop")));
  EXPECT_THAT(script, Not(HasSubstr("LOCKSTEP_MPIRUN:-")));
}

TEST(BatchScript, NamesTheOutputOfEachTaskOfAnArray) {
  BatchJob seeds = job();
  seeds.array = "1-5";
  seeds.notes = "/r/100%j/slurm";
  EXPECT_THAT(batch_script(seeds), AllOf(HasSubstr("#SBATCH --array=1-5\n"),
                                         HasSubstr("--output=/r/100%%j/slurm/%A_%a.out\n")));
}

TEST(CheckBatchJob, TakesWhatSlurmTakes) {
  for (const char* time : {"", "90", "90:00", "12:00:00", "2-12", "2-12:30", "UNLIMITED"}) {
    EXPECT_NO_THROW(check_batch_job(with(&SlurmOptions::time, time))) << time;
  }
  for (const char* mem : {"0", "200G", "4000"}) {
    EXPECT_NO_THROW(check_batch_job(with(&SlurmOptions::mem, mem))) << mem;
  }
  EXPECT_NO_THROW(check_batch_job(with(&SlurmOptions::exclude, "node7,gpu[01-04,9]")));
  EXPECT_NO_THROW(check_batch_job(with(&SlurmOptions::constraint, "[rack1*2&rack2*4]")));
  for (const char* dependency : {"afterok:123", "afterany:1:2,after:3+10?singleton", "singleton"}) {
    BatchJob waiting = job();
    waiting.dependency = dependency;
    EXPECT_NO_THROW(check_batch_job(waiting)) << dependency;
  }
}

TEST(CheckBatchJob, RefusesWhatWouldBecomeAnotherOption) {
  const std::string injected = "gpu\n#SBATCH --uid=0";
  for (const auto member : {&SlurmOptions::partition, &SlurmOptions::account, &SlurmOptions::qos,
                            &SlurmOptions::time, &SlurmOptions::mem, &SlurmOptions::constraint,
                            &SlurmOptions::exclude, &SlurmOptions::job_name}) {
    for (const std::string& text : {injected, std::string("a b"), std::string("a\"b")}) {
      EXPECT_THAT(message_of(ExitCode::usage, [&] { check_batch_job(with(member, text)); }),
                  HasSubstr("which Slurm does not read so"));
    }
  }
  BatchJob quoted = job();
  quoted.run = "/runs/a\"b";
  EXPECT_THAT(message_of(ExitCode::usage, [&] { check_batch_job(quoted); }),
              HasSubstr("the run directory '/runs/a\"b' has a quote"));
}

TEST(CheckBatchJob, RefusesFormsThatAreNone) {
  for (const char* time : {"12h", "1:2:3:4", "-5", "1-"}) {
    EXPECT_THAT(
        message_of(ExitCode::usage, [&] { check_batch_job(with(&SlurmOptions::time, time)); }),
        HasSubstr("--time (slurm.time) is"))
        << time;
  }
  EXPECT_THROW(check_batch_job(with(&SlurmOptions::mem, "200 GB")), Error);
  BatchJob elastic = job();
  elastic.slurm.nodes_min = 2;
  EXPECT_THROW(check_batch_job(elastic), Error);
}

TEST(CheckBatchJob, RefusesALimitThatTheSignalFills) {
  for (const char* time : {"2", "2:00", "0:02:00", "0-0:2"}) {
    EXPECT_THAT(
        message_of(ExitCode::usage, [&] { check_batch_job(with(&SlurmOptions::time, time)); }),
        HasSubstr("the time limit is 120 s"))
        << time;
  }
  EXPECT_NO_THROW(check_batch_job(with(&SlurmOptions::time, "3")));
}

TEST(FirstIndex, IsThatOfTheArray) {
  EXPECT_EQ(first_index("3-5,9"), 3);
  EXPECT_EQ(first_index("0-15:4%2"), 0);
  EXPECT_EQ(first_index("17"), 17);
  EXPECT_THAT(array_indices("1-5:2,9%4"), ElementsAre(1, 3, 5, 9));
  EXPECT_THAT(array_indices("5-1"), IsEmpty());
  EXPECT_THAT(array_indices("0-100000"), IsEmpty()) << "more than Slurm takes";
  for (const char* text : {"", "a", "1-", "1,,2", "1%0", "1 2"}) {
    EXPECT_THROW(first_index(text), Error) << text;
  }
}

TEST(JobName, IsThatOfTheRunDirectory) {
  EXPECT_EQ(job_name_of("/runs/pets"), "pets");
  EXPECT_EQ(job_name_of("/runs/my pets %a"), "my_pets__a");
  EXPECT_EQ(job_name_of("/"), "lockstep");
}

}  // namespace
}  // namespace lockstep
