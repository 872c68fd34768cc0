#include "launcher/job/mpirun_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/file.h"
#include "launcher/job/package.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

MpirunRequest request(int ranks, HostResources host) {
  return {.mpirun = "/usr/bin/mpirun",
          .ranks = ranks,
          .program = {"/bin/lockstep", "train", "a b;c"},
          .host = host,
          .session_directory = "/tmp/s",
          .segment_directory = "/dev/shm/s",
          .cross_memory_attach = true};
}

TEST(MpirunCommand, RanksAreFreeToMoveOnAMachineOfOneMemory) {
  const MpirunCommand command = mpirun_command(request(2, {.cores = 4}), {{"HOME", "/h"}});
  EXPECT_THAT(command.argv,
              ElementsAre("/usr/bin/mpirun", "-n", "2", "--oversubscribe", "--bind-to", "none",
                          "--", "/bin/lockstep", "train", "a b;c"));
  EXPECT_EQ(command.warning, "");
  EXPECT_THAT(command.environment, Contains(Pair("HOME", "/h")));
  EXPECT_THAT(command.environment, Contains(Pair("OMPI_ALLOW_RUN_AS_ROOT", "1")));
  EXPECT_THAT(command.environment, Contains(Pair("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")));
  EXPECT_THAT(command.environment, Contains(Pair("OMPI_MCA_orte_tmpdir_base", "/tmp/s")));
  EXPECT_THAT(command.environment,
              Contains(Pair("OMPI_MCA_btl_vader_backing_directory", "/dev/shm/s")));
  EXPECT_THAT(command.environment, Contains(Pair("OMPI_MCA_odls_base_sigkill_timeout", "0")));
  EXPECT_FALSE(command.environment.contains("OMPI_MCA_mpi_yield_when_idle"));
  EXPECT_FALSE(command.environment.contains("OMPI_MCA_btl_vader_single_copy_mechanism"));
}

TEST(MpirunCommand, RanksStayNearTheirMemoryWhereTheyDivideEvenly) {
  const HostResources two_sockets{.cores = 64, .numa_nodes = 2};
  EXPECT_THAT(mpirun_command(request(8, two_sockets), {}).argv, Contains("ppr:4:numa"));
  MpirunRequest on_gpus = request(8, two_sockets);
  on_gpus.on_gpus = true;  // they bind themselves, each to what is near its GPU
  EXPECT_THAT(mpirun_command(on_gpus, {}).argv, Not(Contains("ppr:4:numa")));
  EXPECT_THAT(mpirun_command(request(7, two_sockets), {}).argv, Contains("none"));
  EXPECT_THAT(mpirun_command(request(128, two_sockets), {}).argv, Contains("none"));
  const HostResources part{.cores = 8, .numa_nodes = 2, .restricted = true};
  EXPECT_THAT(mpirun_command(request(8, part), {}).argv, Contains("none"));
}

TEST(MpirunCommand, MoreRanksThanCoresRunWithAWarning) {
  const MpirunCommand command = mpirun_command(request(4, {.cores = 2}), {});
  EXPECT_THAT(command.warning, HasSubstr("4 ranks on 2 cores"));
  EXPECT_THAT(command.environment, Contains(Pair("OMPI_MCA_mpi_yield_when_idle", "1")));
}

TEST(MpirunCommand, WhatTheUserHasSetWins) {
  MpirunRequest forbidden = request(2, {.cores = 2});
  forbidden.cross_memory_attach = false;
  const MpirunCommand command = mpirun_command(forbidden, {{"OMPI_MCA_btl", "self,tcp"}});
  EXPECT_THAT(command.environment, Contains(Pair("OMPI_MCA_btl", "self,tcp")));
  EXPECT_THAT(command.environment,
              Contains(Pair("OMPI_MCA_btl_vader_single_copy_mechanism", "none")));
}

TEST(FindMpirun, TheUsersOwnMustBeAProgram) {
  const TemporaryDirectory directory;
  replace_file(directory / "text", "");
  const auto chosen = [](const std::filesystem::path& path) {
    return find_mpirun({{"LOCKSTEP_MPIRUN", path}}, "/b/lockstep");
  };
  EXPECT_THROW(chosen(directory / "text"), Error);
  EXPECT_THROW(chosen(directory / "absent"), Error);
  EXPECT_EQ(chosen("/bin/true"), "/bin/true");
}

TEST(FindMpirun, APackageHasItsOwn) {
  const TemporaryDirectory directory;
  const std::filesystem::path package = directory / "a package", program = package / "bin/lockstep";
  std::filesystem::create_directories(package / "bin");
  std::filesystem::create_directories(package / "libexec/openmpi");
  std::filesystem::create_symlink("/bin/true", package / "bin/mpirun");
  EXPECT_EQ(package_of(program), std::nullopt);  // another mpirun may be in the same folder
  EXPECT_NE(find_mpirun({{"PATH", "/bin"}}, program), package / "bin/mpirun");

  replace_file(package / "libexec/openmpi/places", "OPAL_PREFIX=.\nPMIX_LIBDIR=lib\n");
  EXPECT_EQ(package_of(program), package);
  EXPECT_EQ(package_of(package / "lockstep"), std::nullopt);
  EXPECT_EQ(find_mpirun({}, program), package / "bin/mpirun");
  EXPECT_EQ(find_mpirun({{"LOCKSTEP_MPIRUN", "/bin/true"}}, program), "/bin/true");
  EXPECT_THAT(open_mpi_places(package), ElementsAre(Pair("OPAL_PREFIX", package / "."),
                                                    Pair("PMIX_LIBDIR", package / "lib")));

  replace_file(package / "libexec/openmpi/places", "");
  EXPECT_THROW(open_mpi_places(package), Error);
  std::filesystem::remove(package / "bin/mpirun");
  EXPECT_THROW(find_mpirun({{"PATH", "/bin"}}, program), Error);
}

TEST(AutomaticRanks, IsOneForEachDeviceAndAtMostOneForEachLane) {
  struct Case {
    int lanes, gpus, cores, ranks;
  };
  for (const Case& test :
       {Case{2, 0, 8, 2}, Case{0, 0, 8, 8}, Case{16, 0, 8, 8}, Case{16, 4, 64, 4},
        Case{2, 4, 64, 2}, Case{0, 4, 64, 4}, Case{0, 0, 0, 1}}) {
    EXPECT_EQ(automatic_ranks(test.lanes, test.gpus, test.cores), test.ranks)
        << test.lanes << ' ' << test.gpus << ' ' << test.cores;
  }
}

TEST(Quota, OfACgroupIsRoundedUp) {
  EXPECT_EQ(quota_of("max 100000"), std::nullopt);
  EXPECT_EQ(quota_of(""), std::nullopt);
  EXPECT_EQ(quota_of("200000 100000"), 2);
  EXPECT_EQ(quota_of("150000 100000"), 2);
  EXPECT_EQ(quota_of("50000 100000"), 1);
}

TEST(BindingWarning, ComesOnlyWhereThereAreMoreCoresToGive) {
  EXPECT_EQ(binding_warning({.cores = 1, .numa_nodes = 1, .restricted = false}, 2), "");
  EXPECT_EQ(binding_warning({.cores = 2, .numa_nodes = 1, .restricted = true}, 2), "");
  EXPECT_THAT(binding_warning({.cores = 1, .numa_nodes = 1, .restricted = true}, 2),
              testing::AllOf(HasSubstr("bound to 1 core but"), HasSubstr("--cpus-per-task=2")));
}

}  // namespace
}  // namespace lockstep
