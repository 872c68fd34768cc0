#include "checkpoint/selection.h"

#include <filesystem>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>

#include "checkpoint/format.h"
#include "checkpoint/store.h"
#include "core/error.h"
#include "tests/checkpoint/example_snapshot.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SelectionTest : public ::testing::Test {
 protected:
  /// Three checkpoints, of which the second is the best.
  SelectionTest() {
    CheckpointStore store(run() / "checkpoints", *communicator_, log_);
    for (const std::int64_t step : {10, 20, 30}) {
      ExampleSnapshot example(step);
      if (step >= 20) example->best = BestCheckpoint{"valid/accuracy", 0.91234, 20};
      store.commit(example);
    }
  }
  const fs::path& run() const { return directory_.path(); }
  fs::path path_of(std::int64_t step) const {
    return run() / "checkpoints" / checkpoint_directory_name(step);
  }
  ChosenCheckpoint choose(const fs::path& target) {
    return choose_checkpoint(*communicator_, target);
  }

  TemporaryDirectory directory_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  std::unique_ptr<Communicator> communicator_ = make_single_communicator();
};

TEST_F(SelectionTest, TellsRunsFromCheckpoints) {
  EXPECT_EQ(classify_target(run()), TargetKind::run);
  EXPECT_EQ(classify_target(path_of(10)), TargetKind::checkpoint);
  EXPECT_EQ(classify_target(path_of(10) / ""), TargetKind::checkpoint);
  fs::remove(path_of(10) / kManifestFile);
  EXPECT_EQ(classify_target(path_of(10)), TargetKind::checkpoint) << "a damaged one";
  fs::rename(path_of(20), run() / "kept");
  EXPECT_EQ(classify_target(run() / "kept"), TargetKind::checkpoint) << "a renamed one";
}

TEST_F(SelectionTest, WhatIsNeitherIsAUsageError) {
  for (const fs::path& target : {run() / "nowhere", run() / "checkpoints"}) {
    message_of(ExitCode::usage, [&] { classify_target(target); });
  }
}

TEST_F(SelectionTest, TheBestIsChosen) {
  const ChosenCheckpoint chosen = choose(run());
  EXPECT_EQ(chosen.checkpoint.manifest.step, 20);
  EXPECT_EQ(chosen.reason, "best valid/accuracy 91.23 %");
}

TEST_F(SelectionTest, WithoutTheBestTheNewestIsChosen) {
  fs::remove_all(path_of(20));
  EXPECT_EQ(choose(run()).checkpoint.manifest.step, 30);
  EXPECT_EQ(choose(run()).reason, "the newest");
}

TEST_F(SelectionTest, DamagedOnesArePassedOverAndNamed) {
  fs::remove(path_of(20) / kModelFile);
  ChosenCheckpoint chosen = choose(run());
  EXPECT_EQ(chosen.checkpoint.manifest.step, 30);
  EXPECT_THAT(chosen.reason, HasSubstr("model.safetensors' is missing"));
  EXPECT_TRUE(fs::exists(path_of(20))) << "nothing is renamed";

  fs::remove(path_of(30) / kManifestFile);
  chosen = choose(run());
  EXPECT_EQ(chosen.checkpoint.manifest.step, 10);
}

TEST_F(SelectionTest, OneThatCannotBeReadNowIsNotPassedOver) {
  fs::remove(path_of(20) / kModelFile);
  fs::create_symlink(kModelFile, path_of(20) / kModelFile);  // to itself: a file system's error
  EXPECT_THROW(choose(run()), Error);
}

TEST_F(SelectionTest, AGivenCheckpointIsTaken) {
  EXPECT_EQ(choose(path_of(10)).checkpoint.manifest.step, 10);
  EXPECT_EQ(choose(path_of(10)).reason, "as given");
}

TEST_F(SelectionTest, NoUsableCheckpointIsAnError) {
  for (const std::int64_t step : {10, 20, 30}) fs::remove(path_of(step) / kStateFile);
  message_of(ExitCode::storage, [&] { choose(run()); });
  fs::remove_all(run() / "checkpoints");
  fs::create_directory(run() / "checkpoints");
  message_of(ExitCode::usage, [&] { choose(run()); });
}

}  // namespace
}  // namespace lockstep
