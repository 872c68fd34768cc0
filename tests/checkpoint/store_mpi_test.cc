// CheckpointStore on the ranks of a job. Each test runs on every rank; the files lie in a directory
// that rank 0 makes.

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>

#include "checkpoint/agreement.h"
#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "checkpoint/selection.h"
#include "checkpoint/store.h"
#include "comm/communicator/mpi_communicator.h"
#include "core/file.h"
#include "tests/checkpoint/example_snapshot.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CheckpointStoreOnRanks : public ::testing::Test {
 protected:
  CheckpointStoreOnRanks() {
    if (is_root()) directory_.emplace();
    run_ = broadcast_text(*communicator_, is_root() ? directory_->path().string() : "", 0);
  }
  ~CheckpointStoreOnRanks() override { communicator_->barrier(); }

  bool is_root() const { return communicator_->rank() == 0; }
  int last_rank() const { return communicator_->size() - 1; }
  CheckpointStore open() { return CheckpointStore(path(), *communicator_, log_); }
  fs::path path() const { return run_ / "checkpoints"; }
  fs::path path_of(std::int64_t step) const { return path() / checkpoint_directory_name(step); }

  /// Rank 0 changes files while the others wait.
  void on_disk(const std::function<void()>& change) {
    communicator_->barrier();
    if (is_root()) change();
    communicator_->barrier();
  }

  std::unique_ptr<Communicator> communicator_ = make_mpi_communicator();
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  std::optional<TemporaryDirectory> directory_;
  fs::path run_;
};

TEST_F(CheckpointStoreOnRanks, EveryRankLoadsWhatWasCommitted) {
  CheckpointStore store = open();
  EXPECT_FALSE(store.load_newest().has_value());
  for (const std::int64_t step : {10, 20}) {
    const CommittedCheckpoint committed = store.commit(ExampleSnapshot(step));
    EXPECT_GT(committed.bytes, 0u);
  }
  const auto loaded = store.load_newest();
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->directory, path_of(20));
  ExampleSnapshot expected(20);
  EXPECT_EQ(loaded->state, expected->state);
  EXPECT_TRUE(
      std::ranges::equal(loaded->model.find("conv1.weight")->bytes, expected->model[0].bytes));
  EXPECT_EQ(store.load(path_of(10)).manifest.step, 10);
  EXPECT_EQ(choose_checkpoint(*communicator_, run_).checkpoint.manifest.step, 20);
}

TEST_F(CheckpointStoreOnRanks, ACorruptNewestIsPassedOverByAll) {
  CheckpointStore store = open();
  for (const std::int64_t step : {10, 20}) store.commit(ExampleSnapshot(step));
  on_disk([&] { fs::resize_file(path_of(20) / kModelFile, 64); });
  EXPECT_EQ(store.load_newest()->manifest.step, 10);
}

TEST_F(CheckpointStoreOnRanks, ARankWithOtherBitsStopsTheCommit) {
  if (communicator_->size() == 1) GTEST_SKIP() << "needs two ranks";
  CheckpointStore store = open();
  const int seed = communicator_->rank() == last_rank() ? 1 : 0;
  EXPECT_THAT(message_of(ExitCode::internal, [&] { store.commit(ExampleSnapshot(10, seed)); }),
              HasSubstr(fmt::format("rank {} on ", last_rank())));
  EXPECT_TRUE(fs::is_empty(path()));
  EXPECT_FALSE(store.load_newest().has_value());
}

TEST_F(CheckpointStoreOnRanks, ARankThatIsNotReadyDelaysTheCommitAndNobody) {
  CheckpointStore store = open();
  const std::string expected = store.commit(ExampleSnapshot(10)).state_digest;
  const ExampleSnapshot example(10, 1);
  std::promise<void> let;
  const auto wait_for_it = [&, held = let.get_future().share()] {
    if (communicator_->rank() == last_rank()) held.wait();
  };
  store.begin_commit({.step = 20,
                      .digest =
                          [&] {
                            wait_for_it();
                            return std::string("equal");
                          },
                      .snapshot =
                          [&] {
                            if (communicator_->size() == 1) wait_for_it();
                            Snapshot snapshot = example;
                            snapshot.step = 20;
                            return snapshot;
                          }});
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(store.poll_commit().has_value());
  on_disk([&] { EXPECT_FALSE(fs::exists(path_of(20))); });
  let.set_value();
  std::optional<CommittedCheckpoint> committed;
  while (!committed) committed = store.poll_commit();
  EXPECT_EQ(committed->directory, path_of(20));
  EXPECT_NE(committed->state_digest, expected);
  EXPECT_EQ(committed->state_digest, store.load_newest()->manifest.state_digest);
}

TEST_F(CheckpointStoreOnRanks, ARankThatFailsBehindTheTrainingIsHeardByAll) {
  if (communicator_->size() == 1) GTEST_SKIP() << "needs two ranks";
  CheckpointStore store = open();
  const ExampleSnapshot example(10);
  store.begin_commit({.step = 10,
                      .digest =
                          [&] {
                            check(communicator_->rank() != last_rank(), ExitCode::data, "bad news");
                            return std::string("equal");
                          },
                      .snapshot = [&]() -> Snapshot { return example; }});
  EXPECT_EQ(message_of(ExitCode::data, [&] { store.finish_commit(); }),
            fmt::format("rank {}: bad news", last_rank()));
  EXPECT_TRUE(fs::is_empty(path()));
}

TEST_F(CheckpointStoreOnRanks, AJobThatEndsFinishesWhatTheRanksHaveComparedAndDropsTheRest) {
  for (const bool compared : {false, true}) {
    const ExampleSnapshot example(compared ? 20 : 10);
    const Snapshot& snapshot = example;
    std::promise<void> let;
    std::jthread later;
    {
      CheckpointStore store = open();
      store.begin_commit({.step = snapshot.step,
                          .digest = [] { return std::string("equal"); },
                          .snapshot =
                              [&] {
                                let.get_future().wait();
                                return snapshot;
                              }});
      for (int i = 0; compared && i < 300; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        EXPECT_FALSE(store.poll_commit().has_value());
      }
      later = std::jthread([&] { let.set_value(); });
    }
    on_disk([&] {
      EXPECT_EQ(fs::exists(path_of(snapshot.step)), compared || communicator_->size() == 1);
      EXPECT_FALSE(fs::exists(path() / ".staging-step_00000010"));
    });
  }
}

TEST_F(CheckpointStoreOnRanks, EveryRankThrowsWhatRankZeroMet) {
  CheckpointStore store = open();
  on_disk([&] {
    fs::remove_all(path());
    replace_file(path(), "a file where the directory was");
  });
  EXPECT_THAT(message_of(ExitCode::storage, [&] { store.commit(ExampleSnapshot(10)); }),
              HasSubstr(".staging-step_00000010"));
}

TEST_F(CheckpointStoreOnRanks, ARankThatCannotReadIsNamedByAll) {
  if (communicator_->size() == 1) GTEST_SKIP() << "needs two ranks";
  open().commit(ExampleSnapshot(10));
  // A relative path, and one rank in another directory: as a node that lacks the file system.
  const fs::path old_directory = fs::current_path();
  fs::current_path(communicator_->rank() == last_rank() ? fs::path("/") : run_);
  const std::string message = message_of(ExitCode::storage, [&] {
    choose_checkpoint(*communicator_, fs::path("checkpoints") / checkpoint_directory_name(10));
  });
  fs::current_path(old_directory);
  EXPECT_THAT(message, AllOf(StartsWith(fmt::format("rank {}: ", last_rank())),
                             HasSubstr("model.safetensors' is missing"),
                             HasSubstr("file system that all nodes share")));
}

TEST_F(CheckpointStoreOnRanks, GoingBackHappensOnce) {
  CheckpointStore store = open();
  for (const std::int64_t step : {10, 20, 30}) store.commit(ExampleSnapshot(step));
  store.supersede_others(path() / checkpoint_directory_name(10), 10);
  EXPECT_EQ(store.load_newest()->manifest.step, 10);
  EXPECT_TRUE(fs::exists(path() / "step_00000020.superseded"));
  EXPECT_FALSE(fs::exists(path() / "step_00000020.superseded.2"));
}

TEST_F(CheckpointStoreOnRanks, TheLowestRankThatFailsIsHeard) {
  const std::string message = message_of(ExitCode::data, [&] {
    do_together(*communicator_, [&] {
      if (communicator_->rank() > 0 || communicator_->size() == 1) {
        fail(ExitCode::data, "bad news of {}", communicator_->rank());
      }
    });
  });
  EXPECT_EQ(message, communicator_->size() == 1 ? "bad news of 0" : "rank 1: bad news of 1");
}

}  // namespace
}  // namespace lockstep
