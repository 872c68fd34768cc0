// A commit that goes on behind the training.

#include <fstream>
#include <future>
#include <thread>

#include "checkpoint/pending_commit.h"
#include "checkpoint/reader.h"
#include "tests/checkpoint/store_fixture.h"
#include "tests/file_size_limit.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CheckpointInBackground : public CheckpointStoreTest {
 protected:
  CommitSource source_of(const ExampleSnapshot& example) {
    const Snapshot& snapshot = example;
    return {.step = snapshot.step,
            .digest = [] { return std::string("the same"); },
            .snapshot = [&snapshot] { return snapshot; }};
  }

  /// Gives its state only when let: a disk that is busy.
  CommitSource held(const ExampleSnapshot& example, std::shared_future<void> let) {
    CommitSource source = source_of(example);
    source.snapshot = [let = std::move(let), give = source.snapshot] {
      let.wait();
      return give();
    };
    return source;
  }

  static CommittedCheckpoint poll_to_the_end(CheckpointStore& store) {
    for (;;) {
      if (const auto committed = store.poll_commit()) return *committed;
      std::this_thread::yield();
    }
  }
};

TEST_F(CheckpointInBackground, NobodyWaitsForOneThatIsBeingWritten) {
  const TemporaryDirectory other;
  const ExampleSnapshot example(10);
  const CommittedCheckpoint expected =
      CheckpointStore(other.path(), *communicator_, log_).commit(example);
  CheckpointStore store = open();
  std::promise<void> let;
  store.begin_commit(held(example, let.get_future().share()));
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(store.poll_commit().has_value());
  EXPECT_TRUE(store.is_committing());
  EXPECT_THAT(list_checkpoints(path()), IsEmpty());

  let.set_value();
  const CommittedCheckpoint committed = poll_to_the_end(store);
  EXPECT_EQ(committed.step, 10);
  EXPECT_EQ(committed.directory, path_of(10));
  EXPECT_EQ(committed.state_digest, expected.state_digest);
  EXPECT_EQ(committed.bytes, expected.bytes);
  EXPECT_FALSE(store.is_committing());
  EXPECT_FALSE(store.finish_commit().has_value());
  EXPECT_EQ(store.load_newest()->manifest.step, 10);
}

TEST_F(CheckpointInBackground, AFailureIsToldAtAPollAndLeavesTheOlderOne) {
  CheckpointStore store = open();
  store.commit(ExampleSnapshot(10));
  const std::vector<float> large(100000);
  ExampleSnapshot example(20);
  example->model.push_back({"large", DType::f32, {100000}, std::as_bytes(std::span(large))});
  {
    const FileSizeLimit limit(100000);
    store.begin_commit(source_of(example));
    EXPECT_THAT(
        message_of(ExitCode::storage, [&] { poll_to_the_end(store); }),
        AllOf(HasSubstr("File too large"), HasSubstr("the checkpoint of step 10 is untouched")));
  }
  EXPECT_FALSE(store.is_committing());
  EXPECT_THAT(names(), ElementsAre("step_00000010"));
  store.commit(example);
  EXPECT_THAT(names(), ElementsAre("step_00000010", "step_00000020"));
}

TEST_F(CheckpointInBackground, AJobThatEndsWithAnErrorFinishesIt) {
  const ExampleSnapshot example(10);
  std::promise<void> let;
  std::jthread later;
  {
    CheckpointStore store = open();
    store.begin_commit(held(example, let.get_future().share()));
    later = std::jthread([&] { let.set_value(); });
  }
  EXPECT_THAT(names(), ElementsAre("step_00000010"));
  EXPECT_THAT(logged_.str(), HasSubstr("the checkpoint of step 10 was finished all the same"));
}

TEST_F(CheckpointInBackground, OneThatFailsAsTheJobEndsIsTold) {
  const ExampleSnapshot example(10);
  {
    CheckpointStore store = open();
    CommitSource source = source_of(example);
    source.snapshot = []() -> Snapshot { fail(ExitCode::storage, "bad news"); };
    store.begin_commit(std::move(source));
  }
  EXPECT_THAT(logged_.str(), HasSubstr("the checkpoint of step 10 failed too: bad news"));
}

TEST_F(CheckpointInBackground, FilesThatWereNotAllowedBecomeNoCheckpoint) {
  const ExampleSnapshot example(10);
  fs::create_directories(path());
  {
    const PendingCommit pending(
        source_of(example),
        {.checkpoints = path(), .keep = 0, .before_commit = {}, .compares = true, .writes = true});
    pending.wait_for_digest();
    EXPECT_EQ(pending.digest(), "the same");
    while (!fs::exists(path() / ".staging-step_00000010" / kStateFile)) std::this_thread::yield();
    EXPECT_FALSE(pending.is_done());
  }
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(CheckpointInBackground, ADirectoryThatWasMovedMeanwhileIsTheCause) {
  int looks = 0;
  CheckpointStore store(
      path(), *communicator_, log_,
      {.keep = 0, .before_commit = [&] { check(++looks < 2, ExitCode::storage, "it was moved"); }});
  const ExampleSnapshot example(10);
  std::promise<void> let;
  store.begin_commit(held(example, let.get_future().share()));
  fs::remove_all(path());
  std::ofstream(path()) << "a file";
  let.set_value();
  EXPECT_EQ(message_of(ExitCode::storage, [&] { store.finish_commit(); }), "it was moved");
}

}  // namespace
}  // namespace lockstep
