#include "core/storage/staging.h"

#include <csignal>
#include <fstream>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class RenameTogether : public testing::Test {
 protected:
  void make(const std::string& name) { std::ofstream(path(name)) << name; }
  fs::path path(const std::string& name) const { return directory_ / name; }
  bool has(const std::string& name) const { return fs::exists(path(name)); }

  TemporaryDirectory directory_;
};

TEST_F(RenameTogether, AllAreDone) {
  make("old");
  make("new");
  const Rename renames[] = {{path("old"), path("aside")}, {path("new"), path("old")}};
  rename_together(renames, directory_.path());
  EXPECT_TRUE(has("aside"));
  EXPECT_TRUE(has("old"));
  EXPECT_FALSE(has("new"));
}

TEST_F(RenameTogether, WhereOneFailsThoseBeforeAreUndone) {
  make("old");
  const Rename renames[] = {{path("old"), path("aside")}, {path("absent"), path("old")}};
  EXPECT_THAT(message_of(ExitCode::storage, [&] { rename_together(renames, directory_.path()); }),
              HasSubstr("absent"));
  EXPECT_TRUE(has("old"));
  EXPECT_FALSE(has("aside"));
}

TEST_F(RenameTogether, WhereTheSyncFailsAllAreUndone) {
  make("old");
  const Rename renames[] = {{path("old"), path("aside")}};
  EXPECT_THAT(message_of(ExitCode::storage, [&] { rename_together(renames, path("nowhere")); }),
              HasSubstr("cannot sync"));
  EXPECT_TRUE(has("old"));
  EXPECT_FALSE(has("aside"));
}

TEST_F(RenameTogether, UndoesInReverseOrder) {
  fs::create_directory(path("folder"));
  make("folder/x");
  fs::create_directory(path("other"));
  const Rename renames[] = {{path("folder"), path("aside")},
                            {path("other"), path("folder")},
                            {path("absent"), path("x")}};
  EXPECT_THROW(rename_together(renames, directory_.path()), Error);
  EXPECT_TRUE(has("folder/x"));
  EXPECT_TRUE(has("other"));
}

TEST(WriteBeside, ASignalThatEndsTheProcessLeavesNothing) {
  const TemporaryDirectory directory;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR2, SIGXCPU}) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      std::signal(signal, SIG_DFL);
      write_beside(directory / "table.csv", [&](const fs::path& beside) {
        std::ofstream(beside) << "half";
        if (!fs::exists(beside)) ::_exit(1);
        std::raise(signal);
      });
      ::_exit(2);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_TRUE(fs::is_empty(directory.path()));
  }
}

TEST(WriteBeside, AHandlerOfTheProgramStaysItsOwn) {
  static int calls = 0;
  const TemporaryDirectory directory;
  const auto handler = [](int) { ++calls; };
  std::signal(SIGUSR2, handler);
  std::signal(SIGHUP, SIG_DFL);
  write_beside(directory / "table.csv", [&](const fs::path& beside) {
    std::ofstream(beside) << "whole";
    std::raise(SIGUSR2);
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(std::signal(SIGUSR2, SIG_DFL), +handler);
  EXPECT_EQ(std::signal(SIGHUP, SIG_DFL), SIG_DFL) << "what was installed for the file is gone";
  EXPECT_EQ(fs::file_size(directory / "table.csv"), 5u);
}

TEST(WriteBeside, AsLongANameAsAFileMayHave) {
  const TemporaryDirectory directory;
  const fs::path path = directory / std::string(255, 'n');
  write_beside(path, [&](const fs::path& beside) { std::ofstream(beside) << "x"; });
  EXPECT_TRUE(fs::exists(path));
}

TEST(RemoveTree, WhatIsNotThereIsRemoved) {
  const TemporaryDirectory directory;
  fs::create_directories(directory / "a/b");
  remove_tree(directory / "a");
  EXPECT_FALSE(fs::exists(directory / "a"));
  remove_tree(directory / "a");
}

}  // namespace
}  // namespace lockstep
