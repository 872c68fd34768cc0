#include "core/storage/new_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/file_size_limit.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(NewFile, TellsWhatItHasWritten) {
  const TemporaryDirectory directory;
  NewFile file(directory / "x");
  file.write(std::as_bytes(std::span("ab", 2)));
  file.write(std::as_bytes(std::span("c", 1)));
  const FileDigest digest = file.finish();
  EXPECT_EQ(digest, (FileDigest{3, xxh3_128_hex(std::as_bytes(std::span("abc", 3)))}));
  EXPECT_EQ(read_file(directory / "x", ExitCode::storage), "abc");
}

TEST(NewFile, AFullDiskIsAStorageError) {
  const TemporaryDirectory directory;
  const FileSizeLimit limit(10);
  NewFile file(directory / "x");
  const std::string text(20, 'x');
  EXPECT_THAT(message_of(ExitCode::storage, [&] { file.write(std::as_bytes(std::span(text))); }),
              AllOf(HasSubstr((directory / "x").string()), HasSubstr("File too large")));
}

TEST(NewFile, ADeviceIsNotWrittenTo) {
  EXPECT_THAT(message_of(ExitCode::storage, [] { NewFile file("/dev/full"); }),
              HasSubstr("cannot create '/dev/full': it is no plain file"));
}

TEST(NewFile, WhatIsNotWhatWasWrittenIsAStorageError) {
  check_read_back("x", true);
  EXPECT_THAT(message_of(ExitCode::storage, [] { check_read_back("x", false); }),
              HasSubstr("'x' does not hold what was written"));
}

}  // namespace
}  // namespace lockstep
