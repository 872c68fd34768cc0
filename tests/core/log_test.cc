#include "core/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include "core/error.h"
#include "core/file.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(LogFile, HasEachLineAtOnceAndIsAppendedTo) {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory / "logs" / "rank_012.log";
  for (const char* line : {"first start", "second start"}) {
    spdlog::logger logger("test");
    add_log_file(logger, path);
    logger.info(line);
    EXPECT_THAT(read_file(path, ExitCode::storage), HasSubstr(line));
  }
  EXPECT_THAT(read_file(path, ExitCode::storage),
              AllOf(HasSubstr("first start"), HasSubstr("second start")));
}

TEST(LogFile, HasDetailsThatTheConsoleLeavesOut) {
  const TemporaryDirectory directory;
  testing::internal::CaptureStderr();
  const auto logger = make_console_logger();
  add_log_file(*logger, directory / "rank_000.log");
  logger->info("for people");
  logger->debug("a detail");
  const std::string printed = testing::internal::GetCapturedStderr();
  EXPECT_THAT(printed, HasSubstr("for people"));
  EXPECT_THAT(printed, testing::Not(HasSubstr("a detail")));
  EXPECT_THAT(read_file(directory / "rank_000.log", ExitCode::storage), HasSubstr("a detail"));
}

TEST(LogFile, AndConsoleShowControlsEscaped) {
  const TemporaryDirectory directory;
  testing::internal::CaptureStderr();
  const auto logger = make_console_logger();
  add_log_file(*logger, directory / "rank_000.log");
  logger->info("class '{}'\nand a line of ours", "a\x1b[2J\r");
  const std::string shown = "class 'a\\u001b[2J\\r'\nand a line of ours\n";
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(shown));
  EXPECT_THAT(read_file(directory / "rank_000.log", ExitCode::storage), HasSubstr(shown));
}

TEST(LogFile, ADirectoryThatCannotBeMadeIsAnError) {
  const TemporaryDirectory directory;
  replace_file(directory / "file", "");
  spdlog::logger logger("test");
  EXPECT_THROW(add_log_file(logger, directory / "file" / "rank_000.log"), Error);
}

}  // namespace
}  // namespace lockstep
