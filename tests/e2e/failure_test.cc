// What goes wrong ends with a message that says what, where and what to do, the documented exit
// code, and nothing lost.

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/program.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

void flip_byte(const std::filesystem::path& path, std::uintmax_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  const char byte = static_cast<char>(file.get());
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(byte ^ 0x10));
}

class Failure : public testing::Test {
 protected:
  static void SetUpTestSuite() { job_ = std::make_unique<SmallJob>(); }
  static void TearDownTestSuite() { job_.reset(); }

  void expect(int code, const std::string& message, const std::vector<std::string>& arguments) {
    const ProgramResult result = lockstep_program(arguments);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(message));
  }

  static std::unique_ptr<SmallJob> job_;
};
std::unique_ptr<SmallJob> Failure::job_;

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

TEST_F(Failure, AnotherConfigShowsTheDifferenceUnlessOverridden) {
  ASSERT_EQ(lockstep_program(job_->train("config", 1, {"train.max_steps=2"})).exit_code, 0);
  expect(2, "optimizer.momentum: 0.9 in the run, 0.5 now",
         job_->train("config", 1, {"train.max_steps=4", "optimizer.momentum=0.5"}));
  expect(0, "continuing with another config",
         job_->train("config", 1, {"train.max_steps=4", "optimizer.momentum=0.5", "--override"}));
  EXPECT_EQ(newest_state(job_->run_dir("config")).step, 4);
}

TEST_F(Failure, AnotherImageSizeIsRefusedAndOneLeftOpenStays) {
  ASSERT_EQ(lockstep_program(job_->train("size", 1, {"train.max_steps=2", "data.image_size=16"}))
                .exit_code,
            0);
  expect(2, "data.image_size: 16 in the run, 20 now",
         job_->train("size", 1, {"train.max_steps=4", "data.image_size=20"}));
  EXPECT_EQ(lockstep_program(job_->train("size", 1, {"train.max_steps=4"})).exit_code, 0);
  std::ifstream file(job_->run_dir("size") / "checkpoints" / "step_00000004" / "state.json");
  EXPECT_EQ(nlohmann::json::parse(file).at("input").at("height"), 16);
  ASSERT_EQ(lockstep_program(job_->train("open", 1, {"train.max_steps=2"})).exit_code, 0);
  expect(2, "trained on 12x12 images",
         job_->train("open", 1, {"train.max_steps=4", "data.image_size=20"}));
}

TEST_F(Failure, AnotherPackTakesOverrideAndHasABestOfItsOwn) {
  const std::vector<std::string> more = {"train.max_steps=31", "train.epochs=2"};
  ASSERT_EQ(lockstep_program(job_->train("packs", 1, more)).exit_code, 0);
  // The same images without the last ones: the same classes, other fingerprint.
  const auto other = job_->run_dir("other pack");
  const auto source = job_->pack().parent_path() / "source";
  ASSERT_EQ(lockstep_program({"pack", source.string(), "--out", other.string(), "--limit", "900"})
                .exit_code,
            0);
  std::vector<std::string> changed = {"data.pack=" + other.string(), "train.epochs=2",
                                      "train.max_steps=32"};
  expect(2, "is not the one that the run was trained on", job_->train("packs", 1, changed));
  changed.push_back("--override");
  ASSERT_EQ(lockstep_program(job_->train("packs", 1, changed)).exit_code, 0);
  std::ifstream file(job_->run_dir("packs") / "checkpoints" / "step_00000032" / "state.json");
  EXPECT_TRUE(nlohmann::json::parse(file).at("best").is_null());
  expect(2, "step_00000032' was trained with", job_->train("packs", 1, {"optimizer.lr=0.3"}));
  expect(2, "in the pack", job_->train("pack/run", 1, more));
}

TEST_F(Failure, ResumeNeverRefusesARunThatHasCheckpoints) {
  ASSERT_EQ(lockstep_program(job_->train("never", 1, {"train.max_steps=2"})).exit_code, 0);
  expect(2, "already has checkpoints", job_->train("never", 1, {"--resume", "never"}));
}

TEST_F(Failure, WhatIsNoCheckpointCannotBeGoneBackTo) {
  ASSERT_EQ(lockstep_program(job_->train("back", 1, {"train.max_steps=2"})).exit_code, 0);
  const std::string run = job_->run_dir("back").string();
  expect(2, "does not exist", job_->train("back", 1, {"--resume", run + "/checkpoints/none"}));
  expect(2, "is a run", job_->train("back", 1, {"--resume", run}));
  expect(2, "is a run", job_->train("back", 1, {"--resume", run, "--dry-run"}));
}

TEST_F(Failure, ARunDirectoryAloneContinuesTheRun) {
  ASSERT_EQ(
      lockstep_program(job_->train("alone", 2, {"train.max_steps=2", "train.epochs=1"})).exit_code,
      0);
  expect(0, "continuing from", {"train", job_->run_dir("alone").string(), "-n", "2"});
  EXPECT_EQ(newest_state(job_->run_dir("alone")).step, 31);
}

TEST_F(Failure, ResumeFromAPathSupersedesWhatCameLater) {
  const std::vector<std::string> more = {"checkpoint.every_steps=2", "train.max_steps=6"};
  ASSERT_EQ(lockstep_program(job_->train("path", 2, more)).exit_code, 0);
  const RunState before = newest_state(job_->run_dir("path"));
  const auto checkpoints = job_->run_dir("path") / "checkpoints";
  const auto second = checkpoints / "step_00000002";
  ASSERT_EQ(lockstep_program(job_->train("path", 1,
                                         {"checkpoint.every_steps=2", "train.max_steps=4",
                                          "--resume", second.string()}))
                .exit_code,
            0);
  EXPECT_EQ(newest_state(job_->run_dir("path")).step, 4);
  EXPECT_TRUE(std::filesystem::exists(checkpoints / "step_00000006.superseded"));
  ASSERT_EQ(lockstep_program(job_->train("path", 2, more)).exit_code, 0);
  EXPECT_EQ(newest_state(job_->run_dir("path")), before);
}

TEST_F(Failure, ACheckpointOfAnotherRunBeginsARunOfItsOwnAndReplacesNone) {
  const std::vector<std::string> more = {"checkpoint.every_steps=2", "train.max_steps=6"};
  ASSERT_EQ(lockstep_program(job_->train("origin", 1, more)).exit_code, 0);
  ASSERT_EQ(lockstep_program(job_->train("taken", 1, {"train.max_steps=4"})).exit_code, 0);
  const auto fourth = job_->run_dir("origin") / "checkpoints" / "step_00000004";
  for (const bool dry : {true, false}) {
    std::vector<std::string> words = {"train.max_steps=6", "--resume", fourth.string()};
    if (dry) words.push_back("--dry-run");
    expect(2, "which has its own: choose another run.dir", job_->train("taken", 1, words));
  }
  EXPECT_EQ(newest_state(job_->run_dir("taken")).step, 4);

  // With no step left the run has it all the same, and then goes on as the other did.
  const auto words = [&](int steps) {
    return std::vector<std::string>{fmt::format("train.max_steps={}", steps), "--resume",
                                    fourth.string()};
  };
  ASSERT_EQ(lockstep_program(job_->train("branch", 1, words(4))).exit_code, 0);
  EXPECT_EQ(newest_state(job_->run_dir("branch")).step, 4);
  expect(0, "", {"eval", job_->run_dir("branch").string()});
  ASSERT_EQ(lockstep_program(job_->train("branch", 2, {"train.max_steps=6"})).exit_code, 0);
  EXPECT_EQ(newest_state(job_->run_dir("branch")), newest_state(job_->run_dir("origin")));
}

TEST_F(Failure, GoingBackToASupersededCheckpointLeavesNoOtherInUse) {
  const std::vector<std::string> every = {"checkpoint.every_steps=2", "checkpoint.keep=0"};
  const auto train = [&](std::vector<std::string> more) {
    more.insert(more.end(), every.begin(), every.end());
    EXPECT_EQ(lockstep_program(job_->train("courses", 1, more)).exit_code, 0);
    return newest_state(job_->run_dir("courses"));
  };
  const auto checkpoints = job_->run_dir("courses") / "checkpoints";
  const RunState before = train({"train.max_steps=6"});
  const auto path_of = [&](const char* name) { return (checkpoints / name).string(); };
  train({"train.max_steps=8", "optimizer.lr=0.3", "--override", "--resume",
         path_of("step_00000002")});
  // Back to the first course, and no further: its step is in use, and none of the other.
  EXPECT_EQ(
      train({"train.max_steps=6", "--override", "--resume", path_of("step_00000006.superseded")}),
      before);
  EXPECT_EQ(checkpoints_of(job_->run_dir("courses")).size(), 1u);
}

TEST_F(Failure, ARestartThatDoesNoStepCanBeContinuedWithItsOwnConfig) {
  const std::string run = job_->run_dir("done").string();
  ASSERT_EQ(lockstep_program(job_->train("done", 1, {"train.epochs=2"})).exit_code, 0);
  const RunState done = newest_state(run);
  ASSERT_EQ(lockstep_program(job_->train("done", 1, {"train.epochs=1", "--override"})).exit_code,
            0);
  expect(0, "done at step", {"train", run});
  EXPECT_EQ(newest_state(run), done);
  ASSERT_EQ(lockstep_program({"train", run, "--lanes", "3"}).exit_code, 0);
  const ProgramResult again = lockstep_program({"train", run});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, Not(HasSubstr("and keeps them")));
}

TEST_F(Failure, ACorruptNewestCheckpointFallsBackToTheOneBefore) {
  const std::vector<std::string> more = {"train.max_steps=12", "checkpoint.every_steps=4"};
  ASSERT_EQ(lockstep_program(job_->train("corrupt", 2, more)).exit_code, 0);
  const RunState whole = newest_state(job_->run_dir("corrupt"));
  const auto newest = job_->run_dir("corrupt") / "checkpoints" / "step_00000012";
  flip_byte(newest / "model.safetensors",
            std::filesystem::file_size(newest / "model.safetensors") / 2);
  const ProgramResult result = lockstep_program(job_->train("corrupt", 3, more));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("step_00000012"));
  EXPECT_THAT(result.err, HasSubstr("step_00000008"));
  EXPECT_EQ(newest_state(job_->run_dir("corrupt")), whole);
  EXPECT_TRUE(std::filesystem::exists(newest.string() + ".corrupt"));
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
