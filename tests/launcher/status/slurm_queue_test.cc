#include "launcher/status/slurm_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/storage/new_file.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

/// A directory with programs of Slurm's names, each a script of these lines.
Environment with_program(const TemporaryDirectory& directory, const std::string& name,
                         const std::string& lines) {
  write_file(directory / name, "#!/bin/sh\n" + lines);
  std::filesystem::permissions(directory / name, std::filesystem::perms::owner_all);
  return {{"PATH", "/nowhere::" + directory.path().string() + ":/usr/bin:/bin"}};
}

TEST(SlurmQueue, ReadsWhatSqueuePrints) {
  EXPECT_EQ(parse_queue("17|RUNNING|None|2026-01-31T12:00:00|1-02:03:04|node[1-2]"),
            (QueuedJob{"17", "RUNNING", "None", "2026-01-31T12:00:00", "1-02:03:04", "node[1-2]"}));
  EXPECT_EQ(parse_queue("17|PENDING|(Resources)|N/A|1:00|")->nodes, "");
  for (const char* bad : {"", "\n", "17", "17|RUNNING|x", "|||||", "a|b|c|d|e|f|g"}) {
    EXPECT_FALSE(parse_queue(bad).has_value()) << bad;
  }
}

TEST(SlurmQueue, KnowsWhichStatesAreTheEnd) {
  const auto stage = [](const char* state) {
    return stage_of(
        {.id = "1", .state = state, .reason = "", .start = "", .time_left = "", .nodes = ""});
  };
  EXPECT_EQ(stage("PENDING"), JobStage::waiting);
  EXPECT_EQ(stage("REQUEUED"), JobStage::waiting);
  for (const char* state : {"RUNNING", "COMPLETING", "SUSPENDED", "CONFIGURING", "NEWER_STATE"}) {
    EXPECT_EQ(stage(state), JobStage::active) << state;
  }
  for (const char* state : {"COMPLETED", "TIMEOUT", "NODE_FAIL", "CANCELLED"}) {
    EXPECT_EQ(stage(state), JobStage::ended) << state;
  }
}

TEST(SlurmQueue, AnIdIsNothingElse) {
  for (const char* good : {"1", "123", "123_4"}) EXPECT_TRUE(is_job_id(good)) << good;
  for (const char* bad : {"", "-1", "--all", "1,2", "1_", "_1", "1_2_3", "1 2", "x", "1_[1-3]"}) {
    EXPECT_FALSE(is_job_id(bad)) << bad;
  }
}

TEST(SlurmQueue, AsksSqueueForTheJob) {
  const TemporaryDirectory directory;
  const SlurmQueue queue(
      with_program(directory, "squeue",
                   R"(case "$*" in *"-j 17 "*) echo '17|RUNNING|None|N/A|1:00|node1';; esac)"));
  EXPECT_EQ(queue.ask("17")->job->state, "RUNNING");
  EXPECT_FALSE(queue.ask("18")->job.has_value()) << "Slurm knows no such job";
  EXPECT_FALSE(queue.ask("--all").has_value());
}

TEST(SlurmQueue, AnAnswerThatIsNoneProvesNothing) {
  const TemporaryDirectory directory;
  const auto answer = [&](const std::string& lines) {
    return SlurmQueue(with_program(directory, "squeue", lines)).ask("17");
  };
  EXPECT_FALSE(
      answer("echo slurm_load_jobs: Unable to contact controller >&2; exit 1").has_value());
  EXPECT_FALSE(answer("echo something else").has_value());
  EXPECT_FALSE(answer("sleep 60").has_value()) << "it has a few seconds";
  EXPECT_FALSE(answer("echo slurm_load_jobs error: Invalid job id specified >&2; exit 1")->job);
  EXPECT_FALSE(SlurmQueue(Environment{{"PATH", "/nowhere"}}).ask("17").has_value());
  EXPECT_FALSE(SlurmQueue(Environment{}).ask("17").has_value());
}

TEST(SlurmQueue, FailedIsWhatNobodyWanted) {
  const auto failed = [](const char* state) { return has_failed({"1", state, "", "", "", ""}); };
  for (const char* state : {"FAILED", "TIMEOUT", "OUT_OF_MEMORY"}) EXPECT_TRUE(failed(state));
  for (const char* state : {"RUNNING", "PENDING", "COMPLETED", "CANCELLED"}) {
    EXPECT_FALSE(failed(state)) << state;
  }
}

TEST(SlurmQueue, CancelsByScancel) {
  const TemporaryDirectory directory;
  const std::string out = (directory / "called").string();
  SlurmQueue(with_program(directory, "scancel", "echo \"$*\" > " + out)).cancel("17_2");
  EXPECT_EQ(read_file(out, ExitCode::data), "17_2\n");
  const SlurmQueue failing(with_program(directory, "scancel", "echo Access denied >&2; exit 1"));
  EXPECT_THAT(message_of(ExitCode::rank_lost, [&] { failing.cancel("17"); }),
              HasSubstr("Access denied"));
  EXPECT_THAT(message_of(ExitCode::rank_lost,
                         [] {
                           SlurmQueue(Environment{{"PATH", "/nowhere"}}).cancel("17");
                         }),
              HasSubstr("no scancel"));
}

}  // namespace
}  // namespace lockstep
