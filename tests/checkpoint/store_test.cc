#include "checkpoint/store.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "checkpoint/writer.h"
#include "core/file.h"
#include "tests/checkpoint/example_snapshot.h"
#include "tests/python.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class CheckpointStoreTest : public ::testing::Test {
 protected:
  CheckpointStore open(int keep = 0) {
    return CheckpointStore(path(), *communicator_, log_, CheckpointStoreOptions{.keep = keep});
  }
  fs::path path() const { return directory_ / "checkpoints"; }
  fs::path path_of(std::int64_t step) const { return path() / checkpoint_directory_name(step); }

  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& entry : fs::directory_iterator(path()))
      result.push_back(entry.path().filename().string());
    std::ranges::sort(result);
    return result;
  }

  /// The step that a restart would continue from; -1 where it would begin.
  std::int64_t newest_step() {
    const auto loaded = open().load_newest();
    return loaded ? loaded->manifest.step : -1;
  }

  TemporaryDirectory directory_;
  std::ostringstream logged_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_st>(logged_)};
  std::unique_ptr<Communicator> communicator_ = make_single_communicator();
};

std::string message_of(const std::function<void()>& work, ExitCode code = ExitCode::storage) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return {};
}

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

TEST_F(CheckpointStoreTest, WhereNoneIsUsableTheRunBegins) {
  open().commit(ExampleSnapshot(10));
  fs::remove(path_of(10) / kManifestFile);
  EXPECT_EQ(newest_step(), -1);
  EXPECT_THAT(logged_.str(), HasSubstr("no usable checkpoint is left"));
}

TEST_F(CheckpointStoreTest, ACheckpointOfANewerVersionIsNotSetAside) {
  open().commit(ExampleSnapshot(10));
  open().commit(ExampleSnapshot(20));
  std::string text = read_file(path_of(20) / kManifestFile, ExitCode::storage);
  text.replace(text.find("\"version\": 1"), 12, "\"version\": 9");
  const std::size_t body = text.rfind("  \"manifest_hash\"");
  const std::string hash = xxh3_128_hex(std::as_bytes(std::span(text).first(body)));
  text.replace(text.rfind("\": \"") + 4, 32, hash);
  replace_file(path_of(20) / kManifestFile, text);
  EXPECT_THAT(message_of([&] { open().load_newest(); }), HasSubstr("version 9"));
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
  store.supersede_later(10);
  EXPECT_THAT(names(),
              ElementsAre("step_00000010", "step_00000020.superseded", "step_00000030.superseded"));
  store.commit(ExampleSnapshot(20, 1));
  store.supersede_later(10);
  EXPECT_THAT(names(), ElementsAre("step_00000010", "step_00000020.superseded",
                                   "step_00000020.superseded.2", "step_00000030.superseded"));
  EXPECT_EQ(store.load(path() / "step_00000030.superseded").manifest.step, 30);
}

TEST_F(CheckpointStoreTest, LoadingAGivenOneThatIsDamagedChangesNothing) {
  open().commit(ExampleSnapshot(10));
  fs::resize_file(path_of(10) / kOptimizerFile, 0);
  EXPECT_THAT(message_of([&] { open().load(path_of(10)); }), HasSubstr("optimizer.safetensors"));
  EXPECT_THAT(names(), ElementsAre("step_00000010"));
  EXPECT_THAT(message_of([&] { open().load(path_of(11)); }),
              HasSubstr("manifest.json' is missing"));
}

// ---- damage ----

TEST_F(CheckpointStoreTest, EveryFlippedByteOfEveryFileIsFound) {
  open().commit(ExampleSnapshot(10));
  for (const std::string_view name : {kModelFile, kOptimizerFile, kStateFile, kManifestFile}) {
    const std::string whole = read_file(path_of(10) / name, ExitCode::storage);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      const UniqueFd fd = create_file(path_of(10) / name);
      write_all(fd.get(), std::as_bytes(std::span(damaged)), name);
      ASSERT_THAT(message_of([&] { load_checkpoint(path_of(10)); }), HasSubstr(std::string(name)))
          << "byte " << at;
    }
    replace_file(path_of(10) / name, whole);
  }
  load_checkpoint(path_of(10));
}

TEST_F(CheckpointStoreTest, EveryTruncationOfEveryFileIsFound) {
  open().commit(ExampleSnapshot(10));
  for (const std::string_view name : {kModelFile, kOptimizerFile, kStateFile, kManifestFile}) {
    const std::string whole = read_file(path_of(10) / name, ExitCode::storage);
    for (std::size_t length = whole.size(); length-- > 0;) {
      fs::resize_file(path_of(10) / name, length);
      ASSERT_THAT(message_of([&] { load_checkpoint(path_of(10)); }), HasSubstr(std::string(name)))
          << "cut to " << length;
    }
    replace_file(path_of(10) / name, whole);
  }
  load_checkpoint(path_of(10));
}

TEST_F(CheckpointStoreTest, ForeignThingsInTheFilesPlacesAreErrors) {
  for (const std::string_view name : {kModelFile, kOptimizerFile, kStateFile, kManifestFile}) {
    const ExampleSnapshot example(10);
    open().commit(example);
    const fs::path file = path_of(10) / name;
    const auto complaint = [&] { return message_of([&] { load_checkpoint(path_of(10)); }); };
    replace_file(file, "PK\3\4 a foreign file");
    EXPECT_THAT(complaint(), HasSubstr(std::string(name)));
    replace_file(file, "");
    EXPECT_THAT(complaint(), HasSubstr(std::string(name)));
    fs::remove(file);
    EXPECT_THAT(complaint(), HasSubstr("is missing"));
    fs::create_directory(file);
    EXPECT_THAT(complaint(), HasSubstr("is not a file"));
    fs::remove(file);
    ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);  // a reader that opens it waits for ever
    EXPECT_THAT(complaint(), HasSubstr("is not a file"));
  }
}

TEST_F(CheckpointStoreTest, AStateThatIsNotJsonIsAnErrorThoughItsHashIsRight) {
  open().commit(ExampleSnapshot(10));
  Manifest manifest = read_manifest(path_of(10));
  const std::string state = "{\"lanes\": ";
  replace_file(path_of(10) / kStateFile, state);
  for (ManifestFile& file : manifest.files) {
    if (file.name == kStateFile)
      file.digest = {state.size(), xxh3_128_hex(std::as_bytes(std::span(state)))};
  }
  replace_file(path_of(10) / kManifestFile, encode_manifest(manifest));
  EXPECT_THAT(message_of([&] { load_checkpoint(path_of(10)); }),
              HasSubstr("state.json' is not JSON"));
}

TEST_F(CheckpointStoreTest, AWrongStateDigestIsAnErrorThoughEveryHashIsRight) {
  open().commit(ExampleSnapshot(10));
  Manifest manifest = read_manifest(path_of(10));
  manifest.state_digest[0] = manifest.state_digest[0] == '0' ? '1' : '0';
  replace_file(path_of(10) / kManifestFile, encode_manifest(manifest));
  EXPECT_THAT(message_of([&] { load_checkpoint(path_of(10)); }), HasSubstr("digest"));
}

TEST_F(CheckpointStoreTest, FurtherFilesOfTheManifestAreCheckedToo) {
  open().commit(ExampleSnapshot(10));
  Manifest manifest = read_manifest(path_of(10));
  const std::string content(3 << 20, 'x');
  replace_file(path_of(10) / "extra.bin", content);
  manifest.files.push_back(
      {"extra.bin", {content.size(), xxh3_128_hex(std::as_bytes(std::span(content)))}});
  replace_file(path_of(10) / kManifestFile, encode_manifest(manifest));
  EXPECT_EQ(load_checkpoint(path_of(10)).manifest, manifest);
  std::string damaged = content;
  damaged[2 << 20] = 'y';
  replace_file(path_of(10) / "extra.bin", damaged);
  EXPECT_THAT(message_of([&] { load_checkpoint(path_of(10)); }),
              HasSubstr("extra.bin' is damaged"));
}

// ---- kills: each state of the directory that a commit of step 20 passes through ----

TEST_F(CheckpointStoreTest, AKillWhileStagingLeavesTheOlderOne) {
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

TEST_F(CheckpointStoreTest, AKillBetweenManifestAndRenameLeavesTheOlderOne) {
  open().commit(ExampleSnapshot(10));
  open().commit(ExampleSnapshot(20));
  fs::rename(path_of(20), path() / ".staging-step_00000020");
  EXPECT_EQ(newest_step(), 10);
  EXPECT_THAT(names(), ElementsAre("step_00000010"));
}

TEST_F(CheckpointStoreTest, AKillWhileReplacingLeavesOneOfTheTwo) {
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

TEST_F(CheckpointStoreTest, AKillWhileDeletingLeavesNoHalfCheckpoint) {
  CheckpointStore store = open();
  store.commit(ExampleSnapshot(10));
  store.commit(ExampleSnapshot(20));
  fs::rename(path_of(10), path() / ".deleted-step_00000010");
  fs::remove(path() / ".deleted-step_00000010" / kManifestFile);
  EXPECT_EQ(newest_step(), 20);
  EXPECT_THAT(names(), ElementsAre("step_00000020"));
  EXPECT_THAT(logged_.str(), IsEmpty());
}

TEST_F(CheckpointStoreTest, ALeftoverOfAKilledCommitIsNoObstacle) {
  CheckpointStore store = open();
  fs::create_directory(path() / ".staging-step_00000010");
  replace_file(path() / ".staging-step_00000010" / "garbage", "x");
  store.commit(ExampleSnapshot(10));
  EXPECT_FALSE(fs::exists(path_of(10) / "garbage"));
}

// ---- a disk that is full ----

TEST_F(CheckpointStoreTest, AFailedWriteLeavesTheOlderOneAndNothingElse) {
  const std::string digest = open().commit(ExampleSnapshot(10)).state_digest;
  const std::vector<float> large(100000);
  ExampleSnapshot example(20);
  example->model.push_back({"large", DType::f32, {100000}, std::as_bytes(std::span(large))});

  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit limit{100000, old.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  const std::string message = message_of([&] { open().commit(example); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, old_handler);

  EXPECT_THAT(message, AllOf(HasSubstr("model.safetensors"), HasSubstr("File too large"),
                             HasSubstr("the checkpoint of step 10 is untouched")));
  EXPECT_THAT(names(), ElementsAre("step_00000010"));
  EXPECT_EQ(open().load_newest()->manifest.state_digest, digest);
  open().commit(example);
  EXPECT_EQ(newest_step(), 20);
}

TEST_F(CheckpointStoreTest, AFullDiskSaysWhatIsNeededBeforeItWrites) {
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
    message = message_of([&] { store.commit(example); });
    left = store.load_newest()->manifest.step;
  }
  ::umount(mount_point.path().c_str());
  EXPECT_THAT(message, AllOf(HasSubstr("disk full: the checkpoint of step 20 needs"),
                             HasSubstr(" left; free some space"),
                             HasSubstr("the checkpoint of step 10 is untouched")));
  EXPECT_EQ(left, 10);
}

// ---- other people's programs ----

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
