#include "core/file.h"

#include <fcntl.h>
#include <functional>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/file_size_limit.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(UniqueFd, ClosesWhatItHolds) {
  int raw = -1;
  {
    UniqueFd fd(::open("/dev/null", O_RDONLY));
    raw = fd.get();
    UniqueFd moved = std::move(fd);
    EXPECT_TRUE(moved);
    EXPECT_EQ(moved.get(), raw);
  }
  EXPECT_EQ(::fcntl(raw, F_GETFD), -1);
}

TEST(OpenForReading, SaysFileCauseAndAdvice) {
  const std::string message = message_of(
      ExitCode::data, [] { open_for_reading("/nowhere/x.h5", ExitCode::data, "was it moved?"); });
  EXPECT_EQ(message, "cannot open '/nowhere/x.h5': No such file or directory; was it moved?");
}

TEST(PreadExactly, ATruncatedFileIsAnErrorWithItsPlace) {
  const TemporaryDirectory directory;
  replace_file(directory / "short", "12345");
  const UniqueFd fd = open_for_reading(directory / "short", ExitCode::data);
  EXPECT_EQ(file_size(fd.get(), directory / "short"), 5u);
  std::string buffer(3, ' ');
  const auto bytes = std::as_writable_bytes(std::span(buffer));
  pread_exactly(fd.get(), bytes, 2, directory / "short", ExitCode::data);
  EXPECT_EQ(buffer, "345");
  EXPECT_THAT(
      message_of(ExitCode::data,
                 [&] { pread_exactly(fd.get(), bytes, 3, directory / "short", ExitCode::data); }),
      AllOf(HasSubstr("short' is truncated"), HasSubstr("ends at byte 5")));
}

TEST(Unreadable, WhatTheSystemCannotReadNowIsToldFromWhatIsMissing) {
  EXPECT_THROW(
      {
        try {
          open_for_reading("/nowhere/x.h5", ExitCode::data);
        } catch (const UnreadableFile&) {
          FAIL() << "a missing file";
        }
      },
      Error);
  const TemporaryDirectory directory;
  std::filesystem::create_symlink("loop", directory / "loop");
  EXPECT_THROW(open_for_reading(directory / "loop", ExitCode::data), UnreadableFile);

  const UniqueFd memory(::open("/proc/self/mem", O_RDONLY));  // nothing lies at address 0: EIO
  if (!memory) GTEST_SKIP() << "this system has no /proc/self/mem";
  std::byte byte{};
  EXPECT_THROW(pread_exactly(memory.get(), {&byte, 1}, 0, "/proc/self/mem", ExitCode::data),
               UnreadableFile);
}

TEST(ReadRange, GivesTheBytesOfTheRangeInOrderInPieces) {
  const TemporaryDirectory directory;
  std::string content(3 << 20, ' ');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i % 251);
  replace_file(directory / "file", content);
  const UniqueFd fd = open_for_reading(directory / "file", ExitCode::data);
  const auto read = [&](std::uint64_t offset, std::uint64_t size) {
    std::string got;
    read_range(fd.get(), offset, size, directory / "file", ExitCode::data,
               [&](std::span<const std::byte> block) {
                 EXPECT_LE(block.size(), std::size_t{1} << 20);
                 got.append(reinterpret_cast<const char*>(block.data()), block.size());
               });
    return got;
  };
  EXPECT_EQ(read(0, content.size()), content);
  EXPECT_EQ(read(12345, 2'000'000), content.substr(12345, 2'000'000));
  EXPECT_EQ(read(77, 0), "");
  EXPECT_THAT(message_of(ExitCode::data, [&] { read(1 << 20, content.size()); }),
              HasSubstr("file' is truncated"));
}

TEST(ReadFile, RefusesWhatIsTooLarge) {
  const TemporaryDirectory directory;
  replace_file(directory / "file", "12345");
  EXPECT_EQ(read_file(directory / "file", ExitCode::data), "12345");
  EXPECT_THAT(message_of(ExitCode::data, [&] { read_file(directory / "file", ExitCode::data, 4); }),
              HasSubstr("at most 4"));
}

TEST(ReadFile, ADirectoryIsAnError) {
  const TemporaryDirectory directory;
  message_of(ExitCode::data, [&] { read_file(directory.path(), ExitCode::data); });
}

TEST(OpenForReading, APipeIsRefusedAndNotWaitedFor) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::mkfifo((directory / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(message_of(ExitCode::data, [&] { read_file(directory / "pipe", ExitCode::data); }),
              HasSubstr("no plain file"));
}

/// What somebody may have put where a file is written.
TEST(WritingToAName, NeverLeadsElsewhereAndNeverWaits) {
  const TemporaryDirectory directory;
  replace_file(directory / "precious", "kept");
  std::filesystem::create_symlink("precious", directory / "link");
  std::filesystem::create_symlink("nowhere", directory / "dangling");
  ASSERT_EQ(::mkfifo((directory / "pipe").c_str(), 0600), 0);
  for (const char* name : {"link", "dangling", "pipe"}) {
    const std::filesystem::path path = directory / name;
    for (const auto& open : std::vector<std::function<void()>>{
             [&] { create_file(path); }, [&] { open_for_appending(path); },
             [&] { FileLock::try_acquire(path, "me"); }}) {
      EXPECT_THAT(message_of(ExitCode::storage, open),
                  AllOf(HasSubstr(name), HasSubstr("plain file")));
    }
  }
  EXPECT_EQ(read_file(directory / "precious", ExitCode::data), "kept");
  EXPECT_FALSE(std::filesystem::exists(directory / "nowhere"));
}

TEST(ReplaceFile, ALinkWhereItWritesFirstLeadsNowhere) {
  const TemporaryDirectory directory;
  replace_file(directory / "precious", "kept");
  std::filesystem::create_symlink("precious", directory / ".file.new");
  replace_file(directory / "file", "new");
  EXPECT_EQ(read_file(directory / "file", ExitCode::data), "new");
  EXPECT_EQ(read_file(directory / "precious", ExitCode::data), "kept");
}

TEST(FileLock, KnowsWhetherItsFileIsInPlace) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "a");
  const auto lock = FileLock::try_acquire(directory / "a" / "lock", "me");
  EXPECT_TRUE(lock->is_in_place());
  std::filesystem::rename(directory / "a", directory / "b");
  EXPECT_FALSE(lock->is_in_place());
  std::filesystem::create_directory(directory / "a");
  const auto other = FileLock::try_acquire(directory / "a" / "lock", "another");
  EXPECT_FALSE(lock->is_in_place()) << "the name is another job's";
  EXPECT_TRUE(other->is_in_place());
  std::filesystem::remove_all(directory / "b");
  EXPECT_FALSE(lock->is_in_place());
}

TEST(ReplaceFile, LeavesNothingBesideTheFile) {
  const TemporaryDirectory directory;
  replace_file(directory / "file", "old");
  replace_file(directory / "file", "new");
  EXPECT_EQ(read_file(directory / "file", ExitCode::data), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(ReplaceFile, AsLongANameAsAFileMayHave) {
  const TemporaryDirectory directory;
  for (const std::size_t length : {250, 251, 255}) {
    const std::filesystem::path path = directory / std::string(length, 'n');
    replace_file(path, "old");
    replace_file(path, "new");
    EXPECT_EQ(read_file(path, ExitCode::data), "new") << length;
  }
  const auto files = std::filesystem::directory_iterator(directory.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 3);
}

TEST(ReplaceFile, AFailedWriteLeavesTheOldFile) {
  const TemporaryDirectory directory;
  replace_file(directory / "file", "old");
  {
    const FileSizeLimit limit(1000);
    message_of(ExitCode::storage,
               [&] { replace_file(directory / "file", std::string(2000, 'x')); });
  }
  EXPECT_EQ(read_file(directory / "file", ExitCode::data), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(WriteAll, AFullDeviceIsCalledAFullDisk) {
  const UniqueFd full(::open("/dev/full", O_WRONLY));
  if (!full) GTEST_SKIP() << "this system has no /dev/full";
  const std::string content = "12345";
  EXPECT_THAT(
      message_of(ExitCode::storage,
                 [&] { write_all(full.get(), std::as_bytes(std::span(content)), "/dev/full"); }),
      AllOf(HasSubstr("disk full"), HasSubstr("5 more bytes"), HasSubstr("/dev/full")));
}

TEST(FreeBytes, LooksAtTheNearestParentThatExists) {
  const TemporaryDirectory directory;
  EXPECT_GT(free_bytes(directory / "not" / "yet" / "there"), 0u);
}

TEST(MakeDirectories, SaysWhatIsInTheWay) {
  const TemporaryDirectory directory;
  make_directories(directory / "a" / "b");
  make_directories(directory / "a" / "b");
  replace_file(directory / "a" / "file", "");
  EXPECT_THAT(
      message_of(ExitCode::storage, [&] { make_directories(directory / "a" / "file" / "c"); }),
      HasSubstr("file/c"));
}

TEST(FileLock, IsExclusiveAndNamesItsHolder) {
  const TemporaryDirectory directory;
  const auto path = directory / "lock";
  EXPECT_EQ(FileLock::holder(path), "");
  {
    const auto first = FileLock::try_acquire(path, "pid 1 on host a");
    ASSERT_TRUE(first.has_value());
    EXPECT_FALSE(FileLock::try_acquire(path, "pid 2 on host b").has_value());
    EXPECT_EQ(FileLock::holder(path), "pid 1 on host a");
  }
  const auto second = FileLock::try_acquire(path, "pid 3");
  EXPECT_TRUE(second.has_value());
  EXPECT_EQ(FileLock::holder(path), "pid 3");
}

TEST(FileLock, AKilledHolderBlocksNobody) {
  const TemporaryDirectory directory;
  const auto path = directory / "lock";
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = FileLock::try_acquire(path, "the child");
    const char done = lock ? 'y' : 'n';
    if (::write(ready[1], &done, 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  char done = 0;
  ASSERT_EQ(::read(ready[0], &done, 1), 1);
  ASSERT_EQ(done, 'y');
  EXPECT_FALSE(FileLock::try_acquire(path, "the parent").has_value());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(FileLock::holder(path), "the child");
  EXPECT_TRUE(FileLock::try_acquire(path, "the parent").has_value());
  ::close(ready[0]);
  ::close(ready[1]);
}

}  // namespace
}  // namespace lockstep
