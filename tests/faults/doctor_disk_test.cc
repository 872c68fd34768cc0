// `lockstep doctor` on file systems that fail: the program with a library before libc
// (failing_disk.cc).

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/e2e/program.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

/// `lockstep doctor` in a directory where each of `calls` meets `kind`.
ProgramResult doctor_on(const std::string& kind, const std::string& calls) {
  const TemporaryDirectory directory;
  ::setenv("LOCKSTEP_FAULT_BELOW", directory.path().c_str(), 1);
  ::setenv("LOCKSTEP_FAULT_KIND", kind.c_str(), 1);
  ::setenv("LOCKSTEP_FAULT_CALLS", calls.c_str(), 1);
  ::setenv("LOCKSTEP_FAULT_AT", "1", 1);
  ::setenv("LOCKSTEP_FAULT_MS", "300", 1);
  ::setenv("LD_PRELOAD", LOCKSTEP_FAILING_DISK, 1);
  const std::filesystem::path here = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  RunningProgram program(lockstep_words({"doctor"}));
  ::unsetenv("LD_PRELOAD");
  std::filesystem::current_path(here);
  ProgramResult result = program.wait();
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  return result;
}

TEST(DoctorDisk, AHealthyDiskPasses) {
  const ProgramResult result = doctor_on("dead", "none");
  EXPECT_THAT(result.out, HasSubstr("PASS  rename "));
  EXPECT_THAT(result.out, HasSubstr("PASS  fsync "));
}

TEST(DoctorDisk, WritesThatFailAreAFailureOfTheStorage) {
  const ProgramResult result = doctor_on("dead", "write");
  EXPECT_THAT(result.out, HasSubstr("FAIL  write "));
  EXPECT_EQ(result.exit_code, static_cast<int>(ExitCode::storage));
}

TEST(DoctorDisk, RenamesThatFailAreAFailureOfTheStorage) {
  const ProgramResult result = doctor_on("dead", "rename renameat renameat2");
  EXPECT_THAT(result.out, HasSubstr("PASS  write "));
  EXPECT_THAT(result.out, HasSubstr("FAIL  rename "));
  EXPECT_EQ(result.exit_code, static_cast<int>(ExitCode::storage));
}

TEST(DoctorDisk, ASlowSyncIsWarnedOf) {
  const ProgramResult result = doctor_on("slow", "fsync");
  EXPECT_THAT(result.out, HasSubstr("WARN  fsync "));
  EXPECT_THAT(result.out, HasSubstr("put run.dir on a faster one"));
  EXPECT_EQ(result.exit_code, 0);
}

}  // namespace
}  // namespace lockstep
