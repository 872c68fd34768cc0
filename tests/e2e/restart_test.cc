// A run that starts again goes on as the user says, and never as nobody has said.

#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

class Restart : public JobTest {};

TEST_F(Restart, AnotherConfigShowsTheDifferenceUnlessOverridden) {
  ASSERT_EQ(lockstep_program(job_->train("config", 1, {"train.max_steps=2"})).exit_code, 0);
  expect(2, "optimizer.momentum: 0.9 in the run, 0.5 now",
         job_->train("config", 1, {"train.max_steps=4", "optimizer.momentum=0.5"}));
  expect(0, "continuing with another config",
         job_->train("config", 1, {"train.max_steps=4", "optimizer.momentum=0.5", "--override"}));
  EXPECT_EQ(newest_state(job_->run_dir("config")).step, 4);
}

TEST_F(Restart, AnotherImageSizeIsRefusedAndOneLeftOpenStays) {
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

TEST_F(Restart, AnotherPackTakesOverrideAndHasABestOfItsOwn) {
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

TEST_F(Restart, ResumeNeverRefusesARunThatHasCheckpoints) {
  ASSERT_EQ(lockstep_program(job_->train("never", 1, {"train.max_steps=2"})).exit_code, 0);
  expect(2, "already has checkpoints", job_->train("never", 1, {"--resume", "never"}));
}

TEST_F(Restart, WhatIsNoCheckpointCannotBeGoneBackTo) {
  ASSERT_EQ(lockstep_program(job_->train("back", 1, {"train.max_steps=2"})).exit_code, 0);
  const std::string run = job_->run_dir("back").string();
  expect(2, "does not exist", job_->train("back", 1, {"--resume", run + "/checkpoints/none"}));
  expect(2, "is a run", job_->train("back", 1, {"--resume", run}));
  expect(2, "is a run", job_->train("back", 1, {"--resume", run, "--dry-run"}));
}

TEST_F(Restart, ARunDirectoryAloneContinuesTheRun) {
  ASSERT_EQ(
      lockstep_program(job_->train("alone", 2, {"train.max_steps=2", "train.epochs=1"})).exit_code,
      0);
  expect(0, "continuing from", {"train", job_->run_dir("alone").string(), "-n", "2"});
  EXPECT_EQ(newest_state(job_->run_dir("alone")).step, 31);
}

TEST_F(Restart, ResumeFromAPathSupersedesWhatCameLater) {
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

TEST_F(Restart, ACheckpointOfAnotherRunBeginsARunOfItsOwnAndReplacesNone) {
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

TEST_F(Restart, GoingBackToASupersededCheckpointLeavesNoOtherInUse) {
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

TEST_F(Restart, ARestartThatDoesNoStepCanBeContinuedWithItsOwnConfig) {
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

TEST_F(Restart, ACorruptNewestCheckpointFallsBackToTheOneBefore) {
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

TEST_F(Restart, ABestOnAnotherSplitDoesNotCount) {
  ASSERT_EQ(lockstep_program(job_->train("split", 1, {"train.max_steps=31"})).exit_code, 0);
  ASSERT_EQ(lockstep_program(
                job_->train("split", 1, {"train.max_steps=32", "data.valid=train", "--override"}))
                .exit_code,
            0);
  std::ifstream file(job_->run_dir("split") / "checkpoints" / "step_00000032" / "state.json");
  EXPECT_TRUE(nlohmann::json::parse(file).at("best").is_null());
}

}  // namespace
}  // namespace lockstep
