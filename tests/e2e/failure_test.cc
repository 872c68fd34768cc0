// What goes wrong ends with a message that says what, where and what to do, the documented exit
// code, and nothing lost.

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class Failure : public JobTest {};

TEST_F(Failure, AnUnknownKeyNamesTheNearest) {
  expect(2, "did you mean 'optimizer.lr'?", job_->train("unknown", 2, {"optimzer.lr=1"}));
}

TEST_F(Failure, MoreRanksThanLanesSaysHowManyMayRun) {
  expect(2, "Start at most 2 ranks", job_->train("ranks", 3, {"train.lanes=2"}));
}

TEST_F(Failure, ImagesTooSmallForTheModelNameTheSmallestSize) {
  expect(2, "simple_cnn needs at least 4 x 4",
         job_->train("small", 2, {"data.image_size=3", "data.augment.crop_padding=0"}));
}

TEST_F(Failure, EvaluationLeavesTheDeviceOfTheRunWhereAsked) {
  ASSERT_EQ(lockstep_program(job_->train("device", 1, {"train.max_steps=1"})).exit_code, 0);
  const std::string run = job_->run_dir("device").string();
  ::setenv("CUDA_VISIBLE_DEVICES", "", 1);
  expect(2, "train.device=cpu", {"eval", run, "-n", "2", "--device", "cuda"});
  expect(0, "", {"eval", run, "--device", "auto"});
  ::unsetenv("CUDA_VISIBLE_DEVICES");
}

TEST_F(Failure, AMissingPackIsBadData) {
  expect(3, "/nowhere", job_->train("nopack", 2, {"data.pack=/nowhere"}));
}

TEST_F(Failure, AFlippedByteInThePackIsNamedByTrainingAndByVerify) {
  const SmallJob job;
  const auto shard = job.pack() / "train-00000.h5";
  flip_byte(shard, std::filesystem::file_size(shard) / 2);
  const ProgramResult result = lockstep_program(job.train("flipped", 2, {"train.epochs=1"}));
  EXPECT_EQ(result.exit_code, 3) << result.err;
  const std::string last_line =
      result.err.substr(result.err.rfind('\n', result.err.size() - 2) + 1);
  EXPECT_THAT(last_line, HasSubstr("train-00000.h5"));
  EXPECT_THAT(last_line, HasSubstr("lockstep verify"));
  const ProgramResult verified = lockstep_program({"verify", job.pack().string()});
  EXPECT_EQ(verified.exit_code, 3);
  EXPECT_THAT(verified.out + verified.err, HasSubstr("train-00000.h5"));
}

TEST_F(Failure, ASecondJobInTheSameRunDirectoryIsRefused) {
  RunningProgram first(lockstep_words(job_->train("locked", 1, {"train.epochs=1000"})));
  while (!std::filesystem::exists(job_->run_dir("locked") / "metrics.jsonl")) {
    ASSERT_TRUE(first.running_after(milliseconds(20))) << first.err();
  }
  expect(2, "another job is using the run directory", job_->train("locked", 1));
}

TEST_F(Failure, ARunDirectoryThatIsMovedOrRemovedEndsTheJob) {
  for (const bool moved : {true, false}) {
    const std::filesystem::path run = job_->run_dir("moved");
    RunningProgram program(
        lockstep_words(job_->train("moved", 2, {"train.epochs=1000", "log.every_steps=0"})));
    while (!std::filesystem::exists(run / "checkpoints" / "step_00000031")) {
      ASSERT_TRUE(program.running_after(milliseconds(20))) << program.err();
    }
    if (moved) {
      std::filesystem::rename(run, run.string() + " elsewhere");
    } else {
      std::filesystem::remove_all(run);
    }
    const ProgramResult result = program.wait();
    EXPECT_EQ(result.exit_code, 4) << result.err;
    EXPECT_THAT(result.err, HasSubstr("was moved or removed while the job used it"));
    EXPECT_FALSE(std::filesystem::exists(run)) << "nothing is made anew at its old place";
  }
}

TEST_F(Failure, AnotherPackInThePlaceOfTheRunsIsToldByEval) {
  const SmallJob job;
  ASSERT_EQ(lockstep_program(job.train("replaced", 1, {"train.max_steps=2"})).exit_code, 0);
  const std::string run = job.run_dir("replaced").string();
  const auto source = (job.pack().parent_path() / "source").string();
  ASSERT_EQ(
      lockstep_program({"pack", source, "--out", job.pack().string(), "--limit", "900", "--force"})
          .exit_code,
      0);
  expect(0, "is not the one that the run was trained on", {"eval", run});
  const ProgramResult json = lockstep_program({"eval", run, "--json"});
  EXPECT_EQ(nlohmann::json::parse(json.out).at("pack_fingerprint").get<std::string>().size(), 32u);
}

TEST_F(Failure, ADamagedCheckpointIsInTheExitCodeOfTheList) {
  ASSERT_EQ(lockstep_program(job_->train("listed", 1, {"train.max_steps=2"})).exit_code, 0);
  const std::string run = job_->run_dir("listed").string();
  expect(0, "", {"checkpoints", run});
  flip_byte(job_->run_dir("listed") / "checkpoints" / "step_00000002" / "optimizer.safetensors",
            90);
  expect(4, "", {"checkpoints", run});
}

TEST_F(Failure, WhatIsPrintedToAFullDiskIsAnError) {
  const std::string words =
      fmt::format("{} inspect {} > /dev/full", lockstep_words({}).front(), job_->pack().string());
  RunningProgram program({"/bin/sh", "-c", words});
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 4) << result.err;
  EXPECT_THAT(result.err, HasSubstr("standard output could not be written"));
}

TEST_F(Failure, ALimitOfTheSizeOfFilesIsAFullDisk) {
  const std::string words = fmt::format(
      "ulimit -f 8; {} pack {} --out {}", lockstep_words({}).front(),
      (job_->pack().parent_path() / "source").string(), job_->run_dir("limited").string());
  RunningProgram program({"/bin/sh", "-c", words});
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 4) << result.err;
}

TEST_F(Failure, AnMpirunThatStartsNothingIsNoSuccess) {
  ::setenv("LOCKSTEP_MPIRUN", "/bin/true", 1);
  expect(2, "has started no rank of lockstep", job_->train("nothing", 2));
  ::unsetenv("LOCKSTEP_MPIRUN");
}

TEST_F(Failure, ANumberOfDeclaredNodesThatIsNoneIsRefused) {
  for (const char* bad : {"0", "-1", "x", "1.5", "2x", ""}) {
    ::setenv("LOCKSTEP_DECLARED_NODES", bad, 1);
    expect(2, "LOCKSTEP_DECLARED_NODES is", job_->train("nodes", 2));
  }
  ::setenv("LOCKSTEP_DECLARED_NODES", "2", 1);
  expect(0, "2 on 2 nodes", job_->train("nodes", 2, {"--dry-run"}));
  ::unsetenv("LOCKSTEP_DECLARED_NODES");
}

TEST_F(Failure, ATerminatedJobCommitsAndAsksToBeRequeued) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const std::string run = fmt::format("stopped{}", signal);
    RunningProgram program(lockstep_words(job_->train(run, 2, {"train.epochs=1000"})));
    while (!std::filesystem::exists(job_->run_dir(run) / "metrics.jsonl")) {
      ASSERT_TRUE(program.running_after(milliseconds(20))) << program.err();
    }
    std::this_thread::sleep_for(milliseconds(300));
    ::kill(program.pid(), signal);
    const ProgramResult result = program.wait();
    EXPECT_EQ(result.exit_code, 75) << result.err;
    EXPECT_GT(newest_state(job_->run_dir(run)).step, 0);
  }
}

TEST_F(Failure, AnInterruptIsAnsweredAtOnceAndASecondEnds) {
  for (const bool twice : {false, true}) {
    const std::string run = fmt::format("interrupted{}", twice);
    // Steps of some seconds.
    RunningProgram program(lockstep_words(job_->train(
        run, 1, {"train.epochs=1000", "train.lanes=8", "train.batch=64", "data.image_size=256"})));
    while (program.err().find("the plan:") == std::string::npos) {
      ASSERT_TRUE(program.running_after(milliseconds(5))) << program.err();
    }
    ::kill(program.pid(), SIGINT);
    while (program.err().find("Ctrl-C again ends at once") == std::string::npos) {
      ASSERT_TRUE(program.running_after(milliseconds(5))) << program.err();
    }
    if (twice) ::kill(program.pid(), SIGINT);
    EXPECT_EQ(program.wait().exit_code, twice ? 128 + SIGINT : 75);
  }
}

TEST_F(Failure, WhatHasNothingToSaveIsInterruptedAtOnce) {
  ASSERT_EQ(lockstep_program(job_->train("short", 1, {"train.max_steps=1", "data.image_size=320"}))
                .exit_code,
            0);
  const std::string run = job_->run_dir("short").string();
  const auto interrupted = [](const std::vector<std::string>& words, std::string_view seen) {
    RunningProgram program(lockstep_words(words));
    while (program.err().find(seen) == std::string::npos) {
      if (!program.running_after(milliseconds(1))) break;
    }
    ::kill(program.pid(), SIGINT);
    const ProgramResult result = program.wait();
    EXPECT_THAT(result.err, Not(HasSubstr("checkpoint committed")));
    EXPECT_THAT(result.err, Not(HasSubstr("commit a checkpoint")));
    return result.exit_code;
  };
  EXPECT_EQ(interrupted(job_->train("dry", 1,
                                    {"--dry-run", "data.image_size=512", "train.batch=256",
                                     "train.lanes=1"}),
                        "the plan:"),
            128 + SIGINT);
  EXPECT_EQ(interrupted({"eval", run, "--split", "train", "--batch", "1"}, "evaluate"),
            128 + SIGINT);
  EXPECT_EQ(interrupted({"eval", run, "--split", "train", "--batch", "1", "-n", "2"}, "evaluate"),
            5);
}

TEST_F(Failure, AValueThatLooksLikeDashNReachesTheRanksAsItIs) {
  ASSERT_EQ(lockstep_program(job_->train("dash", 1, {"train.max_steps=2"})).exit_code, 0);
  const std::string run = job_->run_dir("dash").string();
  const ProgramResult alone = lockstep_program({"eval", run, "--split", "-n"});
  const ProgramResult ranks = lockstep_program({"eval", "-n", "2", run, "--split", "-n"});
  EXPECT_EQ(ranks.exit_code, alone.exit_code) << ranks.err;
  EXPECT_NE(ranks.exit_code, 5);
}

TEST_F(Failure, ALaneThatTheNetworkCannotTakeIsFoundByADryRunAndToldByATraining) {
  // BatchNorm of one value: resnet18 ends with 1 x 1 pixels.
  const std::vector<std::string> more = {"model.name=resnet18", "train.batch=1",
                                         "data.image_size=32"};
  for (const bool dry : {true, false}) {
    std::vector<std::string> words = more;
    if (dry) words.push_back("--dry-run");
    const ProgramResult result = lockstep_program(job_->train("one value", 1, words));
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_THAT(result.err, HasSubstr("a lane of 1 images of 32x32 pixels"));
    EXPECT_THAT(result.err, HasSubstr("Expected more than 1 value per channel"));
    EXPECT_THAT(result.err, HasSubstr("train.batch"));
    EXPECT_THAT(result.err, Not(HasSubstr("internal error")));
  }
}

TEST_F(Failure, DryRunShowsThePlanAndLeavesNothing) {
  const ProgramResult result = lockstep_program(job_->train("dry", 2, {"--dry-run"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out + result.err, HasSubstr("31 per epoch"));
  EXPECT_THAT(result.err, HasSubstr("of memory, without the batches of its feed"));
  EXPECT_FALSE(std::filesystem::exists(job_->run_dir("dry")));
}

TEST_F(Failure, ADivergedRunSaysSoAndKeepsItsCheckpoints) {
  expect(1, "has diverged",
         job_->train("nan", 2, {"optimizer.lr=1.0e+30", "checkpoint.every_steps=1"}));
  EXPECT_GE(newest_state(job_->run_dir("nan")).step, 1);
}

}  // namespace
}  // namespace lockstep
