#include "launcher/setup/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/storage/new_file.h"
#include "launcher/setup/run_access.h"
#include "launcher/status/run_lock.h"
#include "sharding/format/pack_format.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(RunDirectory, IsOneJobsAtATime) {
  const TemporaryDirectory directory;
  const RunDirectory run(directory / "runs/a");
  {
    const FileLock lock = run.lock();
    EXPECT_THAT(message_of(ExitCode::usage, [&] { run.lock(); }),
                HasSubstr("process " + std::to_string(getpid())));
  }
  run.lock();  // free again
}

TEST(RunDirectory, ThatWasMovedIsNoticed) {
  const TemporaryDirectory directory;
  const RunDirectory run(directory / "a");
  const FileLock lock = run.lock();
  MetricsFile metrics(run.metrics_file(), {}, [&] { run.check_in_place(lock); });
  metrics.append(R"({"step": 1})");
  std::filesystem::rename(directory / "a", directory / "b");
  EXPECT_THAT(message_of(ExitCode::storage, [&] { metrics.append(R"({"step": 2})"); }),
              HasSubstr("was moved or removed"));
  EXPECT_EQ(read_file(directory / "b" / "metrics.jsonl", ExitCode::data), "{\"step\": 1}\n");
  EXPECT_FALSE(std::filesystem::exists(run.path()));
}

TEST(RunDirectory, ThatAnotherJobHasTakenOverIsNoticedAndThatJobIsNamed) {
  const TemporaryDirectory directory;
  const RunDirectory run(directory / "a");
  const FileLock lock = run.lock();
  MetricsFile metrics(run.metrics_file(), {}, [&] { run.check_in_place(lock); });
  std::filesystem::remove(run.path() / kRunLock);
  RunHolder other = this_process({{"SLURM_JOB_ID", "17"}});
  const FileLock taken = take_run_lock(run.path(), {.self = other});
  EXPECT_THAT(message_of(ExitCode::storage, [&] { metrics.append("{}"); }),
              AllOf(HasSubstr("has taken over the run directory"), HasSubstr("Slurm job 17")));
}

TEST(RunDirectory, LinksInItAreRefused) {
  const TemporaryDirectory directory;
  EXPECT_NO_THROW(check_no_links(directory.path()));
  for (const char* name : {"checkpoints", "logs"}) {
    std::filesystem::create_directory_symlink("/tmp", directory / name);
    EXPECT_THAT(message_of(ExitCode::usage, [&] { check_no_links(directory.path()); }),
                HasSubstr(name));
    std::filesystem::remove(directory / name);
  }
}

TEST(RunDirectory, IsNeverInAPack) {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory / "pack");
  const auto pack = directory / "pack";
  write_file(pack / kPackManifest, "");
  for (const char* inside : {"pack", "pack/", "pack/run", "pack/a/b", "x/../pack/run"}) {
    EXPECT_THAT(
        message_of(ExitCode::usage, [&] { check_outside_packs(RunDirectory(directory / inside)); }),
        HasSubstr("choose another run.dir"))
        << inside;
  }
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(pack);
  message_of(ExitCode::usage, [] { check_outside_packs(RunDirectory("sub/new")); });
  std::filesystem::current_path(before);
  for (const char* outside : {"pack2", "runs/pack", "pack/../run", ""}) {
    EXPECT_NO_THROW(check_outside_packs(RunDirectory(directory / outside))) << outside;
  }
}

TEST(RunDirectory, ANewlineInItsNameBreaksNoConfig) {
  const TemporaryDirectory directory;
  const RunDirectory run(directory / "a\nfoo: bar");
  Config config;
  config.run.dir = run.path();
  config.data.pack = "p";
  std::filesystem::create_directories(run.path());
  run.save_config(config);
  EXPECT_EQ(run.saved_config()->run.dir, run.path());
}

TEST(RunDirectory, KeepsTheConfig) {
  const TemporaryDirectory directory;
  const RunDirectory run(directory / "a");
  EXPECT_FALSE(run.saved_config().has_value());
  Config config;
  config.data.pack = "p";
  config.optimizer.lr = 0.3;
  std::filesystem::create_directories(run.path());
  run.save_config(config);
  EXPECT_EQ(run.saved_config()->optimizer.lr, 0.3);
}

TEST(RunDirectory, EveryRankHasItsLog) {
  const TemporaryDirectory directory;
  const RunDirectory run(directory.path());
  spdlog::logger log("test");
  add_rank_log(log, run, 7);
  log.info("hello");
  EXPECT_THAT(read_file(directory / "logs/rank_007.log", ExitCode::storage), HasSubstr("hello"));
}

TEST(CutMetrics, LeavesNoStepToStandTwice) {
  const std::string one = "{\"step\":1,\"loss\":0.5}\n";
  const std::string two = "{\"loss\":0.4,\"step\":2}\n";
  const std::string three = "{\"step\":3}\n";
  struct Case {
    std::string text;
    std::int64_t step;
    std::string kept;
  };
  const Case cases[] = {
      {"", 5, ""},
      {one + two + three, 3, one + two + three},
      {one + two + three, 2, one + two},
      {one + two + three, 0, ""},
      {one + two + "{\"step\":1", 2, one + two},   // half-written
      {one + two + "{\"step\":1}", 2, one + two},  // its newline is missing
      {one + "garbage\n" + two, 2, one + two},
      {one + "[]\n{}\n{\"step\":-1}\n{\"step\":\"x\"}\n\n" + two, 2, one + two},
  };
  for (const Case& test : cases)
    EXPECT_EQ(cut_metrics(test.text, {.step = test.step}).text, test.kept) << test.text;
}

TEST(CutMetrics, LeavesNoEpochToStandTwiceWhereItsEvaluationIsStillToCome) {
  const std::string step = "{\"kind\":\"step\",\"step\":10,\"epoch\":2.0}\n";
  const std::string first = "{\"kind\":\"epoch\",\"step\":5,\"epoch\":1}\n";
  const std::string second = "{\"kind\":\"epoch\",\"step\":10,\"epoch\":2}\n";
  EXPECT_EQ(cut_metrics(first + step + second, {.step = 10, .evaluated_epochs = 1}).text,
            first + step);
  EXPECT_EQ(cut_metrics(first + step + second, {.step = 10, .evaluated_epochs = 2}).text,
            first + step + second);
}

TEST(CutMetrics, LeavesNoRollbackToStandTwiceWhereItIsStillToCome) {
  const std::string step = "{\"kind\":\"step\",\"step\":10}\n";
  const std::string rollback = "{\"kind\":\"rollback\",\"step\":10,\"number\":2}\n";
  EXPECT_EQ(cut_metrics(step + rollback, {.step = 10, .rollbacks = 1}).text, step);
  EXPECT_EQ(cut_metrics(step + rollback, {.step = 10, .rollbacks = 2}).text, step + rollback);
}

TEST(MetricsFile, GoesOnAfterTheStepThatTheRunContinuesFrom) {
  const TemporaryDirectory directory;
  const auto path = directory / "metrics.jsonl";
  {
    MetricsFile metrics(path, {.step = 0});
    metrics.append("{\"step\":1}");
    metrics.append("{\"step\":2}");
  }
  MetricsFile(path, {.step = 1}).append("{\"step\":2,\"again\":true}");
  EXPECT_EQ(read_file(path, ExitCode::storage), "{\"step\":1}\n{\"step\":2,\"again\":true}\n");
}

}  // namespace
}  // namespace lockstep
