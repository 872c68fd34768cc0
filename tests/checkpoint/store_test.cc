#include "checkpoint/store.h"

#include "checkpoint/reader.h"
#include "core/file.h"
#include "tests/checkpoint/store_fixture.h"
#include "tests/python.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(CheckpointStoreTest, LoadsWhatWasCommitted) {
  ExampleSnapshot example(100);
  example->best = BestCheckpoint{"valid/accuracy", 0.5, 100};
  const CommittedCheckpoint committed = open().commit(example);
  EXPECT_EQ(committed.directory, path_of(100));

  const auto loaded = open().load_newest();
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->directory, path_of(100));
  EXPECT_EQ(loaded->manifest.state_digest, committed.state_digest);
  EXPECT_EQ(loaded->manifest.step, 100);
  EXPECT_EQ(loaded->manifest.config, example->config);
  EXPECT_EQ(loaded->manifest.pack_fingerprint, example->pack_fingerprint);
  EXPECT_EQ(loaded->manifest.environment, example->environment);
  EXPECT_EQ(loaded->manifest.metrics, example->metrics);
  EXPECT_EQ(loaded->manifest.best, example->best);
  EXPECT_EQ(loaded->state, example->state);
  ASSERT_EQ(loaded->model.tensors().size(), 2u);
  for (const TensorView& tensor : example->model) {
    const TensorView* found = loaded->model.find(tensor.name);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->shape, tensor.shape);
    EXPECT_TRUE(std::ranges::equal(found->bytes, tensor.bytes));
  }
  EXPECT_TRUE(
      std::ranges::equal(loaded->optimizer.tensors()[0].bytes, example->optimizer[0].bytes));

  std::uint64_t bytes = 0;
  for (const auto& file : fs::directory_iterator(path_of(100))) bytes += file.file_size();
  EXPECT_EQ(committed.bytes, bytes);
}

TEST_F(CheckpointStoreTest, AnEmptyRunHasNothingToLoad) {
  EXPECT_EQ(newest_step(), -1);
  EXPECT_THAT(logged_.str(), IsEmpty());
}

TEST_F(CheckpointStoreTest, TheSameSnapshotGivesTheSameFiles) {
  const TemporaryDirectory other;
  const ExampleSnapshot example(5);
  const CommittedCheckpoint first = open().commit(example);
  const CommittedCheckpoint second =
      CheckpointStore(other.path(), *communicator_, log_).commit(example);
  for (const std::string_view name : {kModelFile, kOptimizerFile, kStateFile, kManifestFile}) {
    EXPECT_EQ(read_file(first.directory / name, ExitCode::storage),
              read_file(second.directory / name, ExitCode::storage))
        << name;
  }
}

TEST_F(CheckpointStoreTest, DeletesOldOnesButNotTheBest) {
  CheckpointStore store = open(2);
  for (const std::int64_t step : {10, 20, 30, 40, 50}) {
    ExampleSnapshot example(step);
    example->best = BestCheckpoint{"valid/accuracy", 0.5, 20};
    store.commit(example);
  }
  EXPECT_THAT(names(), ElementsAre("step_00000020", "step_00000040", "step_00000050"));
}

TEST_F(CheckpointStoreTest, AnEqualCheckpointOfTheStepIsKept) {
  open().commit(ExampleSnapshot(10));
  const auto written = fs::last_write_time(path_of(10) / kModelFile);
  ExampleSnapshot again(10);
  again->metrics.clear();  // a stop request at once after a restart has evaluated nothing
  open().commit(again);
  EXPECT_EQ(fs::last_write_time(path_of(10) / kModelFile), written);
  EXPECT_EQ(read_manifest(path_of(10)).metrics.size(), 1u);
  EXPECT_THAT(names(), ElementsAre("step_00000010"));
}

TEST_F(CheckpointStoreTest, AnotherCheckpointOfTheStepIsReplaced) {
  open().commit(ExampleSnapshot(10, 1));
  const CommittedCheckpoint second = open().commit(ExampleSnapshot(10, 2));
  EXPECT_EQ(open().load_newest()->manifest.state_digest, second.state_digest);
  EXPECT_THAT(names(), ElementsAre("step_00000010"));

  ExampleSnapshot other_state(10, 2);
  other_state->state["lanes"] = 8;
  open().commit(other_state);
  EXPECT_EQ(open().load_newest()->state["lanes"], 8);
}

TEST_F(CheckpointStoreTest, ADamagedCheckpointOfTheStepIsReplaced) {
  const ExampleSnapshot example(10);
  open().commit(example);
  fs::remove(path_of(10) / kModelFile);
  open().commit(example);
  EXPECT_EQ(newest_step(), 10);
  EXPECT_THAT(names(), ElementsAre("step_00000010"));
}

TEST_F(CheckpointStoreTest, ACorruptNewestIsSetAsideAndTheNextOlderIsUsed) {
  CheckpointStore store = open();
  for (const std::int64_t step : {10, 20, 30}) store.commit(ExampleSnapshot(step));
  fs::resize_file(path_of(30) / kModelFile, 100);
  fs::remove(path_of(20) / kStateFile);
  EXPECT_EQ(newest_step(), 10);
  EXPECT_THAT(names(),
              ElementsAre("step_00000010", "step_00000020.corrupt", "step_00000030.corrupt"));
  EXPECT_THAT(logged_.str(),
              AllOf(HasSubstr("step 30"), HasSubstr("model.safetensors' has 100 bytes"),
                    HasSubstr("state.json' is missing")));

  open().commit(ExampleSnapshot(30));
  fs::remove(path_of(30) / kManifestFile);
  EXPECT_EQ(newest_step(), 10);
  EXPECT_THAT(names(), ElementsAre("step_00000010", "step_00000020.corrupt",
                                   "step_00000030.corrupt", "step_00000030.corrupt.2"));
}

TEST_F(CheckpointStoreTest, WhereNoneIsUsableTheRunDoesNotBeginAgain) {
  open().commit(ExampleSnapshot(10));
  open().commit(ExampleSnapshot(20));
  fs::remove(path_of(10) / kManifestFile);
  fs::remove(path_of(20) / kManifestFile);
  const auto complaint = [&] {
    return message_of(ExitCode::storage, [&] { open().load_newest(); });
  };
  EXPECT_THAT(complaint(), HasSubstr("no usable checkpoint is left"));
  EXPECT_THAT(names(), ElementsAre("step_00000010.corrupt", "step_00000020.corrupt"));
  EXPECT_THAT(complaint(), HasSubstr("no usable checkpoint is left")) << "at a second start";

  for (const std::string& name : names()) fs::remove_all(path() / name);
  EXPECT_EQ(newest_step(), -1);
}

TEST_F(CheckpointStoreTest, WhatCannotBeReadNowIsNotSetAside) {
  for (const std::int64_t step : {10, 20}) open().commit(ExampleSnapshot(step));
  const fs::path model = path_of(20) / kModelFile;
  fs::rename(model, path() / "kept");
  fs::create_symlink(model.filename(), model);  // to itself: an error of the file system
  EXPECT_THAT(message_of(ExitCode::storage, [&] { open().load_newest(); }),
              AllOf(HasSubstr("model.safetensors"), HasSubstr("symbolic links"),
                    HasSubstr("step 20 may be whole and is left as it is")));
  fs::rename(path() / "kept", model);
  EXPECT_EQ(newest_step(), 20);
}

TEST_F(CheckpointStoreTest, ACheckpointOfANewerVersionIsNotSetAside) {
  open().commit(ExampleSnapshot(10));
  open().commit(ExampleSnapshot(20));
  std::string text = read_file(path_of(20) / kManifestFile, ExitCode::storage);
  const std::string version = fmt::format("\"version\": {}", kCheckpointVersion);
  text.replace(text.find(version), version.size(), "\"version\": 99");
  const std::size_t body = text.rfind("  \"manifest_hash\"");
  const std::string hash = xxh3_128_hex(std::as_bytes(std::span(text).first(body)));
  text.replace(text.rfind("\": \"") + 4, 32, hash);
  replace_file(path_of(20) / kManifestFile, text);
  EXPECT_THAT(message_of(ExitCode::storage, [&] { open().load_newest(); }),
              HasSubstr("version 99"));
  EXPECT_THAT(names(), ElementsAre("step_00000010", "step_00000020"));
}

TEST_F(CheckpointStoreTest, ARenamedCheckpointIsNotTakenForAnotherStep) {
  open().commit(ExampleSnapshot(10));
  fs::copy(path_of(10), path_of(99), fs::copy_options::recursive);
  EXPECT_EQ(newest_step(), 10);
  EXPECT_THAT(logged_.str(), HasSubstr("holds step 10"));
}

TEST_F(CheckpointStoreTest, GoingBackSetsLaterOnesAside) {
  CheckpointStore store = open();
  for (const std::int64_t step : {10, 20, 30}) store.commit(ExampleSnapshot(step));
  EXPECT_EQ(store.load(path_of(10)).manifest.step, 10);
  store.supersede_others(path_of(10), 10);
  EXPECT_THAT(names(),
              ElementsAre("step_00000010", "step_00000020.superseded", "step_00000030.superseded"));
  store.commit(ExampleSnapshot(20, 1));
  store.supersede_others(path_of(10), 10);
  EXPECT_THAT(names(), ElementsAre("step_00000010", "step_00000020.superseded",
                                   "step_00000020.superseded.2", "step_00000030.superseded"));
  EXPECT_EQ(store.load(path() / "step_00000030.superseded").manifest.step, 30);
}

TEST_F(CheckpointStoreTest, GoingBackToOneThatIsNotInUseSetsAllAside) {
  CheckpointStore store = open();
  for (const std::int64_t step : {10, 20, 30}) store.commit(ExampleSnapshot(step));
  store.supersede_others(path_of(20), 20);
  store.supersede_others(path() / "step_00000030.superseded", 30);
  EXPECT_THAT(names(), ElementsAre("step_00000010.superseded", "step_00000020.superseded",
                                   "step_00000030.superseded"));
  // Nor does the run begin anew by itself where a kill came before the next commit.
  EXPECT_THAT(message_of(ExitCode::storage, [&] { store.load_newest(); }),
              HasSubstr("set aside as ….superseded"));
}

TEST_F(CheckpointStoreTest, LoadingAGivenOneThatIsDamagedChangesNothing) {
  open().commit(ExampleSnapshot(10));
  fs::resize_file(path_of(10) / kOptimizerFile, 0);
  EXPECT_THAT(message_of(ExitCode::storage, [&] { open().load(path_of(10)); }),
              HasSubstr("optimizer.safetensors"));
  EXPECT_THAT(names(), ElementsAre("step_00000010"));
  EXPECT_THAT(message_of(ExitCode::storage, [&] { open().load(path_of(11)); }),
              HasSubstr("manifest.json' is missing"));
}

TEST_F(CheckpointStoreTest, PythonOpensTheModel) {
  if (const std::string reason = python_lacks({"numpy", "safetensors"}); !reason.empty()) {
    GTEST_SKIP() << reason;
  }
  open().commit(ExampleSnapshot(3));
  const PythonResult result = run_python(R"(
import sys, safetensors.numpy
t = safetensors.numpy.load_file(sys.argv[1])
print({n: (str(v.dtype), v.shape, v.reshape(-1).tolist()) for n, v in sorted(t.items())})
)",
                                         {(path_of(3) / kModelFile).string()});
  EXPECT_EQ(result.output,
            "{'bn1.num_batches_tracked': ('int64', (), [3]), 'conv1.weight': ('float32', (3, 4), "
            "[300.0, 301.0, 302.0, 303.0, 304.0, 305.0, 306.0, 307.0, 308.0, 309.0, 310.0, "
            "311.0])}\n");
}

}  // namespace
}  // namespace lockstep
