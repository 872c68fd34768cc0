#include "launcher/doctor/storage_checks.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/launcher/doctor/finding_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

StorageFacts healthy() {
  StorageFacts facts;
  facts.directory = "/runs";
  facts.sync_seconds = 0.01;
  facts.free = std::uint64_t{100} << 30;
  return facts;
}

TEST(StorageChecks, ADirectoryThatIsNotThereYetIsTriedInItsParentAndNothingStays) {
  const TemporaryDirectory directory;
  const StorageFacts facts = try_storage(directory / "runs" / "mine");
  EXPECT_EQ(facts.directory, directory.path());
  EXPECT_EQ(facts.write_problem + facts.rename_problem + facts.lock_problem, "");
  EXPECT_TRUE(facts.lock_excludes);
  EXPECT_GT(facts.sync_seconds, 0);
  EXPECT_GT(facts.free, 0u);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(StorageChecks, WhatIsWrongIsFoundByItsCheckAlone) {
  EXPECT_THAT(complaints(check_storage(healthy())), IsEmpty());
  StorageFacts facts = healthy();
  facts.write_problem = "read-only";
  EXPECT_THAT(complaints(check_storage(facts)), ElementsAre("write FAIL"));
  facts = healthy();
  facts.rename_problem = "refused";
  EXPECT_THAT(complaints(check_storage(facts)), ElementsAre("rename FAIL"));
  facts = healthy();
  facts.lock_problem = "no locks";
  EXPECT_THAT(complaints(check_storage(facts)), ElementsAre("locks FAIL"));
  facts = healthy();
  facts.lock_excludes = false;
  EXPECT_THAT(complaints(check_storage(facts)), ElementsAre("locks FAIL"));
  facts = healthy();
  facts.sync_seconds = 0.5;
  EXPECT_THAT(complaints(check_storage(facts)), ElementsAre("fsync WARN"));
  facts.sync_seconds = 8;
  EXPECT_THAT(complaints(check_storage(facts)), ElementsAre("fsync FAIL"));
  facts = healthy();
  facts.clock_ahead = -120;
  EXPECT_THAT(complaints(check_storage(facts)), ElementsAre("file times WARN"));
  facts = healthy();
  facts.free = 1 << 30;
  EXPECT_THAT(complaints(check_storage(facts)), ElementsAre("free space WARN"));
  facts.free = 1 << 20;
  EXPECT_THAT(complaints(check_storage(facts)), ElementsAre("free space FAIL"));
}

}  // namespace
}  // namespace lockstep
