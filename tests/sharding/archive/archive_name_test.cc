#include "sharding/archive/archive_name.h"

#include "sharding/archive/archive_stream.h"
#include "tests/sharding/pack_fixture.h"

namespace lockstep {
namespace {

TEST(ArchiveName, KindsAreKnownByTheirEndings) {
  EXPECT_EQ(archive_kind_by_name("a/b.TAR.GZ"), ArchiveKind::tar_gz);
  EXPECT_EQ(archive_kind_by_name("b.7z"), ArchiveKind::seven_zip);
  EXPECT_EQ(archive_kind_by_name("train-images-idx3-ubyte.gz"), std::nullopt);
  EXPECT_EQ(archive_kind_by_name(".zip"), std::nullopt);
  EXPECT_EQ(archive_folder_name("a/images.tar.gz"), "images");
  EXPECT_EQ(archive_folder_name("a/images.v2"), "images.v2");
}

TEST(ArchiveName, PathsHaveOneForm) {
  EXPECT_EQ(clean_entry_path("./a//b/./c/"), "a/b/c");
  EXPECT_EQ(clean_entry_path("./"), "");
  EXPECT_EQ(clean_entry_path("a..b/...c"), "a..b/...c");
}

TEST(ArchiveName, WhatLeadsOutOrIsTooLongIsRefused) {
  for (const char* name : {"..", "../a", "a/..", "a/../b", "/a"}) {
    EXPECT_THROW(clean_entry_path(name), Error) << name;
  }
  EXPECT_THROW(clean_entry_path(std::string(4097, 'x')), Error);
  EXPECT_NO_THROW(clean_entry_path(std::string(4096, 'x')));
}

TEST(ArchiveBudget, EndsWhatUnpacksToTooMuch) {
  ArchiveBudget budget("a.zip", 1000);
  budget.spend(ArchiveBudget::kFree + 1000 * ArchiveBudget::kMostRatio);
  expect_error(ExitCode::data, {"'a.zip'", "made to fill disks"}, [&] { budget.spend(1); });
}

}  // namespace
}  // namespace lockstep
