// A commit that is killed, or that finds the disk full, leaves the older checkpoint to continue
// from.

#include <cerrno>
#include <cstring>

#include <sys/mount.h>

#include "checkpoint/reader.h"
#include "checkpoint/writer.h"
#include "core/file.h"
#include "tests/checkpoint/store_fixture.h"
#include "tests/file_size_limit.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using CheckpointInterruption = CheckpointStoreTest;

TEST_F(CheckpointInterruption, AKillWhileStagingLeavesTheOlderOne) {
  open().commit(ExampleSnapshot(10));
  const ExampleSnapshot example(20);
  stage_checkpoint(path(), example, "digest");
  const fs::path staging = path() / ".staging-step_00000020";
  ASSERT_TRUE(fs::exists(staging / kStateFile));
  // Backwards through what staging does: each file whole, each file cut, no file.
  for (const std::string_view name : {kStateFile, kOptimizerFile, kModelFile}) {
    EXPECT_THAT(list_checkpoints(path()), ::testing::SizeIs(1)) << "before " << name;
    fs::resize_file(staging / name, fs::file_size(staging / name) / 2);
    EXPECT_EQ(open().load_newest()->manifest.step, 10);
    EXPECT_FALSE(fs::exists(staging)) << "the start removes what a killed commit left";
    fs::create_directory(staging);
    stage_checkpoint(path(), example, "digest");
    for (const std::string_view later : {kStateFile, kOptimizerFile, kModelFile}) {
      fs::remove(staging / later);
      if (later == name) break;
    }
  }
  EXPECT_EQ(newest_step(), 10);
  EXPECT_THAT(names(), ElementsAre("step_00000010"));
}

TEST_F(CheckpointInterruption, AKillBetweenManifestAndRenameLeavesTheOlderOne) {
  open().commit(ExampleSnapshot(10));
  open().commit(ExampleSnapshot(20));
  fs::rename(path_of(20), path() / ".staging-step_00000020");
  EXPECT_EQ(newest_step(), 10);
  EXPECT_THAT(names(), ElementsAre("step_00000010"));
}

TEST_F(CheckpointInterruption, AKillWhileReplacingLeavesOneOfTheTwo) {
  const ExampleSnapshot older(10, 1);
  const std::string digest = open().commit(older).state_digest;
  // The old one stepped aside, the new one is not in its place yet.
  fs::rename(path_of(10), path() / ".replaced-step_00000010");
  fs::create_directory(path() / ".staging-step_00000010");
  EXPECT_EQ(open().load_newest()->manifest.state_digest, digest);
  EXPECT_THAT(names(), ElementsAre("step_00000010"));
  // The new one is in its place, the old one not yet gone.
  fs::copy(path_of(10), path() / ".replaced-step_00000010", fs::copy_options::recursive);
  const std::string replaced = open().commit(ExampleSnapshot(10, 2)).state_digest;
  fs::create_directory(path() / ".replaced-step_00000010");
  EXPECT_EQ(open().load_newest()->manifest.state_digest, replaced);
  EXPECT_THAT(names(), ElementsAre("step_00000010"));
}

TEST_F(CheckpointInterruption, AReplacementThatFailsPutsTheOldOneBack) {
  const std::string digest = open().commit(ExampleSnapshot(10, 1)).state_digest;
  const Manifest newer = stage_checkpoint(path(), ExampleSnapshot(10, 2), "digest");
  const fs::path staging = path() / ".staging-step_00000010";
  // What something is mounted on has a busy name.
  if (::mount(staging.c_str(), staging.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    GTEST_SKIP() << "this process may not mount: " << std::strerror(errno);
  }
  const std::string message =
      message_of(ExitCode::storage, [&] { publish_checkpoint(path(), newer); });
  ::umount(staging.c_str());
  EXPECT_THAT(message, HasSubstr("cannot rename"));
  ASSERT_TRUE(fs::exists(path_of(10)));
  EXPECT_EQ(load_checkpoint(path_of(10)).manifest.state_digest, digest);
  EXPECT_FALSE(fs::exists(path() / ".replaced-step_00000010"));
}

TEST_F(CheckpointInterruption, AKillWhileDeletingLeavesNoHalfCheckpoint) {
  CheckpointStore store = open();
  store.commit(ExampleSnapshot(10));
  store.commit(ExampleSnapshot(20));
  fs::rename(path_of(10), path() / ".deleted-step_00000010");
  fs::remove(path() / ".deleted-step_00000010" / kManifestFile);
  EXPECT_EQ(newest_step(), 20);
  EXPECT_THAT(names(), ElementsAre("step_00000020"));
  EXPECT_THAT(logged_.str(), IsEmpty());
}

TEST_F(CheckpointInterruption, ALeftoverOfAKilledCommitIsNoObstacle) {
  CheckpointStore store = open();
  fs::create_directory(path() / ".staging-step_00000010");
  replace_file(path() / ".staging-step_00000010" / "garbage", "x");
  store.commit(ExampleSnapshot(10));
  EXPECT_FALSE(fs::exists(path_of(10) / "garbage"));
}

TEST_F(CheckpointInterruption, AFailedWriteLeavesTheOlderOneAndNothingElse) {
  const std::string digest = open().commit(ExampleSnapshot(10)).state_digest;
  const std::vector<float> large(100000);
  ExampleSnapshot example(20);
  example->model.push_back({"large", DType::f32, {100000}, std::as_bytes(std::span(large))});

  std::string message;
  {
    const FileSizeLimit limit(100000);
    message = message_of(ExitCode::storage, [&] { open().commit(example); });
  }

  EXPECT_THAT(message, AllOf(HasSubstr("model.safetensors"), HasSubstr("File too large"),
                             HasSubstr("the checkpoint of step 10 is untouched")));
  EXPECT_THAT(names(), ElementsAre("step_00000010"));
  EXPECT_EQ(open().load_newest()->manifest.state_digest, digest);
  open().commit(example);
  EXPECT_EQ(newest_step(), 20);
}

TEST_F(CheckpointInterruption, AFullDiskSaysWhatIsNeededBeforeItWrites) {
  const TemporaryDirectory mount_point;
  if (::mount("lockstep-test", mount_point.path().c_str(), "tmpfs", 0, "size=2m") != 0) {
    GTEST_SKIP() << "this process may not mount a tmpfs: " << std::strerror(errno);
  }
  std::string message;
  std::int64_t left = -1;
  {
    CheckpointStore store(mount_point / "checkpoints", *communicator_, log_, {.keep = 0});
    store.commit(ExampleSnapshot(10));
    const std::vector<float> large(1 << 19);
    ExampleSnapshot example(20);
    example->model.push_back({"large", DType::f32, {1 << 19}, std::as_bytes(std::span(large))});
    message = message_of(ExitCode::storage, [&] { store.commit(example); });
    left = store.load_newest()->manifest.step;
  }
  ::umount(mount_point.path().c_str());
  EXPECT_THAT(message, AllOf(HasSubstr("disk full: the checkpoint of step 20 needs"),
                             HasSubstr(" left; free some space"),
                             HasSubstr("the checkpoint of step 10 is untouched")));
  EXPECT_EQ(left, 10);
}

}  // namespace
}  // namespace lockstep
