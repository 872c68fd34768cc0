#include "core/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/file.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(RankLogger, WritesEachLineAtOnceAndAppends) {
  const TemporaryDirectory directory;
  for (const char* line : {"first start", "second start"}) {
    const auto logger = make_rank_logger(directory / "logs", 12);
    logger->info(line);
    EXPECT_THAT(read_file(directory / "logs" / "rank_012.log", ExitCode::storage), HasSubstr(line));
  }
  EXPECT_THAT(read_file(directory / "logs" / "rank_012.log", ExitCode::storage),
              AllOf(HasSubstr("first start"), HasSubstr("second start")));
}

TEST(RankLogger, OnlyRankZeroSpeaksOnStderr) {
  const TemporaryDirectory directory;
  testing::internal::CaptureStderr();
  make_rank_logger(directory.path(), 1)->warn("from one");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), IsEmpty());
  testing::internal::CaptureStderr();
  const auto logger = make_rank_logger(directory.path(), 0);
  logger->info("from zero");
  logger->debug("a detail");
  const std::string printed = testing::internal::GetCapturedStderr();
  EXPECT_THAT(printed, HasSubstr("from zero"));
  EXPECT_THAT(printed, testing::Not(HasSubstr("a detail")));
  EXPECT_THAT(read_file(directory / "rank_000.log", ExitCode::storage), HasSubstr("a detail"));
}

TEST(RankLogger, ADirectoryThatCannotBeMadeIsAnError) {
  const TemporaryDirectory directory;
  replace_file(directory / "file", "");
  EXPECT_THROW(make_rank_logger(directory / "file", 0), Error);
}

}  // namespace
}  // namespace lockstep
