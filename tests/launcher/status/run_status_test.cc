#include "launcher/status/run_status.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/storage/new_file.h"
#include "launcher/status/run_lock.h"
#include "launcher/status/run_places.h"
#include "launcher/status/status_report.h"
#include "launcher/status/submitted_jobs.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Environment kNoSlurm = {{"PATH", "/nowhere"}};

TEST(RunState, FollowsFromWhatIsSeen) {
  struct Case {
    StateFacts facts;
    RunState state;
  };
  const Case cases[] = {
      {{}, RunState::unstarted},
      {{.job = JobStage::waiting}, RunState::queued},
      {{.job = JobStage::active}, RunState::starting},
      {{.job = JobStage::ended}, RunState::unstarted},
      {{.job = JobStage::ended, .has_job_failed = true}, RunState::failed},
      {{.is_running = true, .has_begun = true}, RunState::running},
      {{.is_running = true, .is_to_stop = true, .has_begun = true}, RunState::stopping},
      {{.is_running = true, .job = JobStage::active, .has_failed = true}, RunState::running},
      {{.is_ending = true, .has_begun = true}, RunState::stopping},
      {{.is_ending = true, .job = JobStage::active, .has_begun = true}, RunState::stopping},
      {{.has_begun = true}, RunState::killed},
      {{.has_begun = true, .has_ended = true}, RunState::stopped},
      {{.has_begun = true, .has_ended = true, .is_complete = true}, RunState::finished},
      {{.has_failed = true, .has_begun = true, .has_ended = true}, RunState::failed},
      {{.job = JobStage::waiting, .has_failed = true, .has_begun = true}, RunState::queued},
      {{.job = JobStage::active, .has_begun = true, .is_complete = true}, RunState::finished},
  };
  int number = 0;
  for (const Case& test : cases) {
    EXPECT_EQ(state_of(test.facts), test.state) << "case " << number++;
  }
}

TEST(SubmittedJobs, AreThoseThatLinesName) {
  EXPECT_THAT(parse_submitted_jobs(""), IsEmpty());
  EXPECT_THAT(parse_submitted_jobs("{\"job\": \"12\"}\n"), ElementsAre(SubmittedJob{"12", "", ""}));
  EXPECT_THAT(parse_submitted_jobs("{\"job\": \"12\", \"array\": \"\"}\n"
                                   "{\"job\": \"13\", \"array\": \"0-3\", \"runs\": \"a/%a\"}\n"),
              ElementsAre(SubmittedJob{"12", "", ""}, SubmittedJob{"13", "0-3", "a/%a"}));
  EXPECT_THAT(
      parse_submitted_jobs("{\"job\": \"12\"}\n{\"job\": \"-1\"}\n[]\n{\"job\": 3}\n{\"job\": \"1"),
      ElementsAre(SubmittedJob{"12", "", ""}));
}

TEST(NewestMetrics, AreTheLastOfEachKind) {
  const std::string text =
      "ut\n{\"kind\":\"step\",\"step\":5,\"epoch\":0.5}\n"
      "{\"kind\":\"epoch\",\"step\":10,\"epoch\":1,\"valid/accuracy\":0.5}\n"
      "{\"kind\":\"step\",\"step\":15,\"epoch\":1.5}\n{\"kind\":\"step\",\"st";
  const NewestMetrics newest = newest_metrics(text);
  EXPECT_EQ(newest.step.at("step"), 15);
  EXPECT_EQ(newest.epoch.at("step"), 10);
  for (const char* none : {"", "\n", "\n\n", "[]\n", "{\"kind\":\"step\",\"step\":\"x\"}",
                           "{\"kind\":\"step\",\"step\":7e33,\"epoch\":1}",
                           "{\"kind\":\"step\",\"step\":-1,\"epoch\":1}"}) {
    EXPECT_TRUE(newest_metrics(none).step.is_null()) << none;
  }
}

TEST(Progress, TimeLeftIsOfTheStepsThatAreLeftByTheRecentRate) {
  const NewestMetrics metrics{
      .step = {{"step", 15}, {"epoch", 1.5}, {"loss", 0.25}, {"images_per_second", 64.0}},
      .epoch = {{"step", 10}, {"epoch", 1}, {"train/loss", 0.5}, {"images_per_second", 32.0}}};
  const RunProgress progress =
      progress_of(metrics, {.epochs = 4, .global_batch = 32, .live_step = 18});
  EXPECT_EQ(progress.step, 18);
  EXPECT_EQ(progress.steps, 40);
  EXPECT_EQ(progress.loss, 0.25);
  EXPECT_DOUBLE_EQ(progress.epoch, 1.8);
  EXPECT_DOUBLE_EQ(progress.seconds_left.value(), (40 - 18) * 32 / 64.0);
  const RunProgress unknown = progress_of({}, {});
  EXPECT_EQ(unknown.step, -1);
  EXPECT_FALSE(unknown.seconds_left.has_value());
  EXPECT_FALSE(progress_of(metrics, {}).seconds_left.has_value());
}

TEST(RunStatus, OfWhatIsNoRunIsAnError) {
  const TemporaryDirectory directory;
  message_of(ExitCode::usage, [&] { read_status(directory / "gone", kNoSlurm); });
  EXPECT_THAT(message_of(ExitCode::usage, [&] { read_status(directory.path(), kNoSlurm); }),
              HasSubstr("is not a run directory"));
}

TEST(RunStatus, OfARunThatHasNeverStarted) {
  const TemporaryDirectory run;
  write_file(run / "config.yaml", "data: {pack: p}\n");
  const RunStatus status = read_status(run.path(), kNoSlurm);
  EXPECT_EQ(status.state, RunState::unstarted);
  EXPECT_THAT(to_text(status), HasSubstr("has not been started yet"));
  EXPECT_TRUE(to_json(status).at("step").is_null());
  EXPECT_FALSE(std::filesystem::exists(run / "heartbeat")) << "it changes nothing";
  EXPECT_FALSE(std::filesystem::exists(run / "lock"));
}

TEST(RunStatus, OfADirectoryOfRunsSaysHowManyItHolds) {
  const TemporaryDirectory runs;
  const auto message = [&] {
    return message_of(ExitCode::usage, [&] { read_status(runs.path(), {}); });
  };
  std::filesystem::create_directories(runs / "empty");
  EXPECT_THAT(message(), AllOf(HasSubstr("is not a run directory"), Not(HasSubstr("holds"))));
  for (const char* name : {"a", "b"})
    std::filesystem::create_directories(runs / name / "checkpoints");
  EXPECT_THAT(message(),
              HasSubstr("; it holds 2 runs: name one, or all as " + (runs.path() / "*").string()));
}

TEST(RunPlaces, ADirectoryIsOneHoweverItIsSpelled) {
  const TemporaryDirectory runs;
  std::filesystem::create_directories(runs / "a");
  std::filesystem::create_symlink(runs / "a", runs / "link");
  EXPECT_THAT(each_once({runs / "a", runs / "b", runs / "a/", runs / "b/../a/.", runs / "link"}),
              testing::ElementsAre(runs / "a", runs / "b"));
}

TEST(RunStatus, TellsAllOfARunThatIsUnderWay) {
  const TemporaryDirectory run;
  write_file(run / "config.yaml", "data: {pack: p}\ntrain: {epochs: 4, batch: 8, lanes: 4}\n");
  write_file(run / "metrics.jsonl",
             "{\"kind\":\"epoch\",\"step\":10,\"epoch\":1,\"valid/accuracy\":0.5,\"lr\":0.1}\n"
             "{\"kind\":\"step\",\"step\":15,\"epoch\":1.5,\"loss\":0.25,"
             "\"images_per_second\":64.0}\n");
  std::filesystem::create_directories(run / "checkpoints/step_00000010");
  write_file(run / "checkpoints/step_00000010/manifest.json", "not read");
  write_file(run / "failure.json", R"({"rank": 1, "message": "b\u001b[31mad", "log": {"0": []}})");
  const FileLock lock = take_run_lock(run.path(), {.self = this_process({})});
  const HeartbeatBoard board(run.path(), 0, 1);
  board.write({.tick = 1, .host = "node\x1b[1m", .pulse = {}, .step = 18, .phase = "computing"});
  const RunStatus status = read_status(run.path(), kNoSlurm);
  EXPECT_EQ(status.state, RunState::running);
  const nlohmann::json json = to_json(status);
  EXPECT_EQ(json.at("state"), "running");
  EXPECT_EQ(json.at("holder").at("pid"), ::getpid());
  EXPECT_EQ(json.at("ranks").at(0).at("phase"), "computing");
  EXPECT_EQ(json.at("step"), 18);
  EXPECT_EQ(json.at("steps"), 40);
  EXPECT_EQ(json.at("checkpoint").at("step"), 10);
  EXPECT_EQ(json.at("metrics").at("valid/accuracy"), 0.5);
  EXPECT_FALSE(json.at("failure").contains("log"));
  EXPECT_THAT(to_text(status), AllOf(HasSubstr("runs ("), HasSubstr("18 of 40 (epoch 1.80 of 4)"),
                                     HasSubstr("valid/accuracy 50.00 %"), HasSubstr("step 10, "),
                                     HasSubstr("b\\u001b[31mad"), Not(HasSubstr("\x1b"))));
}

TEST(RunStatus, TellsAFinishedAStoppedAndAKilledRunApart) {
  const TemporaryDirectory run;
  write_file(run / "config.yaml", "data: {pack: p}\ntrain: {epochs: 2}\n");
  const HeartbeatBoard board(run.path(), 0, 1);
  const auto state_after = [&](bool done, double epoch) {
    board.write({.tick = 1, .host = "node7", .pulse = {}, .phase = "x", .done = done});
    write_file(run / "metrics.jsonl",
               fmt::format("{{\"kind\":\"epoch\",\"step\":10,\"epoch\":{}}}\n", epoch));
    std::filesystem::last_write_time(run / "heartbeat",
                                     std::filesystem::file_time_type::clock::now() - 60s);
    return read_status(run.path(), kNoSlurm).state;
  };
  EXPECT_EQ(state_after(true, 1), RunState::stopped);
  EXPECT_EQ(state_after(false, 1), RunState::killed);
  EXPECT_EQ(state_after(true, 2), RunState::finished);
  write_file(run / "failure.json", R"({"exit_code": 2, "message": "another config"})");
  EXPECT_EQ(state_after(true, 2), RunState::finished) << "a later command was refused";
  EXPECT_EQ(state_after(true, 1), RunState::failed);
  write_file(run / "failure.json", R"({"exit_code": 3, "message": "there is no pack"})");
  EXPECT_EQ(state_after(true, 2), RunState::finished);
  write_file(run / "failure.json", R"({"exit_code": 4, "message": "the disk is full"})");
  EXPECT_EQ(state_after(true, 2), RunState::failed);
}

TEST(RunStatus, WhereTheFlockIsNotSeenHeartbeatsThatMoveDecide) {
  const TemporaryDirectory run;
  RunHolder elsewhere = this_process({});
  elsewhere.host = "node7";
  write_file(run / "lock", encode(elsewhere));
  const HeartbeatBoard board(run.path(), 0, 1);
  board.write({.tick = 1, .host = "node7", .pulse = {}, .phase = "x"});
  EXPECT_FALSE(is_running(run.path(), kNoSlurm));
  std::jthread rank([&](const std::stop_token& stop) {
    for (std::uint64_t tick = 2; !stop.stop_requested(); ++tick) {
      board.write({.tick = tick, .host = "node7", .pulse = {}, .phase = "x"});
      std::this_thread::sleep_for(20ms);
    }
  });
  EXPECT_TRUE(is_running(run.path(), kNoSlurm));
}

TEST(RunStatus, AsksSlurmAboutTheLastSubmittedJob) {
  const TemporaryDirectory run, programs;
  std::filesystem::create_directory(run / "slurm");
  write_file(run / "slurm/jobs.jsonl", "{\"job\": \"17\", \"array\": \"\"}\n");
  write_file(programs / "squeue",
             "#!/bin/sh\necho '17|PENDING|Resources|2026-01-31T12:00:00|1:00|'\n");
  std::filesystem::permissions(programs / "squeue", std::filesystem::perms::owner_all);
  const RunStatus status =
      read_status(run.path(), {{"PATH", programs.path().string() + ":/bin:/usr/bin"}});
  EXPECT_EQ(status.state, RunState::queued);
  EXPECT_THAT(to_text(status), HasSubstr("17 PENDING (Resources), start expected: 2026-01-31"));
  EXPECT_EQ(to_json(status).at("job").at("id"), "17");
}

TEST(StopOrder, ComesBackAndAnEmptyFileIsOneToo) {
  const TemporaryDirectory run;
  EXPECT_FALSE(read_stop_order(run.path()).has_value());
  const StopOrder order = make_stop_order();
  write_stop_order(run.path(), order);
  EXPECT_EQ(read_stop_order(run.path()), order);
  write_file(run / kStopFile, "");
  EXPECT_EQ(read_stop_order(run.path()), StopOrder{});
  EXPECT_EQ(to_text(StopOrder{}), "somebody");
  StopOrderWatch watch(run.path());
  EXPECT_TRUE(watch.order().has_value());
}

TEST(StopOrder, IsForgottenByTheNextStartByHandAndKeptByARequeue) {
  const StopOrder order{.user = "ann", .host = "node7", .time = "2026-01-31T12:00:00Z"};
  EXPECT_FALSE(is_for_this_start(order, {}));
  EXPECT_TRUE(is_for_this_start(order, {{"SLURM_RESTART_COUNT", "1"}}));
  EXPECT_FALSE(is_for_this_start(order, {{"SLURM_RESTART_COUNT", "0"}}));
  // 1769860800 is that time.
  EXPECT_TRUE(is_for_this_start(order, {{"SLURM_JOB_START_TIME", "1769860800"}}));
  EXPECT_FALSE(is_for_this_start(order, {{"SLURM_JOB_START_TIME", "1769860801"}}));
  EXPECT_FALSE(is_for_this_start({}, {{"SLURM_JOB_START_TIME", "1"}}));
  const TemporaryDirectory run;
  write_stop_order(run.path(), order);
  clear_stop_order(run.path(), {{"SLURM_RESTART_COUNT", "1"}});
  EXPECT_TRUE(read_stop_order(run.path()).has_value());
  clear_stop_order(run.path(), {});
  EXPECT_FALSE(read_stop_order(run.path()).has_value());
}

}  // namespace
}  // namespace lockstep
