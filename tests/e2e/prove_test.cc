// What a run has recorded can be computed again, and what was never computed is found.

#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include "checkpoint/format.h"
#include "checkpoint/store.h"
#include "comm/communicator/communicator.h"
#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

class Prove : public JobTest {
 protected:
  /// A run with checkpoints of these steps, the last of them that of its end.
  fs::path trained(const std::string& name, int end, Words more = {}) {
    const fs::path run = job_->run_dir(name);
    more.push_back(fmt::format("train.max_steps={}", end));
    const ProgramResult result = lockstep_program(job_->train(name, 2, more));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return run;
  }
  static fs::path checkpoint(const fs::path& run, std::int64_t step) {
    return run / kCheckpointsDirectory / checkpoint_directory_name(step);
  }
  nlohmann::json proof_of(int code, Words words) {
    words.insert(words.begin(), "prove");
    words.push_back("--json");
    const ProgramResult result = lockstep_program(words);
    EXPECT_EQ(result.exit_code, code) << result.err;
    return result.out.empty() ? nlohmann::json() : nlohmann::json::parse(result.out);
  }
};

/// Every file of a directory, and when it was written.
std::map<std::string, fs::file_time_type> files_of(const fs::path& directory) {
  std::map<std::string, fs::file_time_type> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    files[entry.path().string()] = entry.last_write_time();
  }
  return files;
}

/// Puts another number into a tensor of a checkpoint, as one who writes checkpoints could: with all
/// hashes and digests that belong to it.
void alter(const fs::path& checkpoint, const std::string& tensor) {
  const LoadedCheckpoint loaded = load_checkpoint(checkpoint);
  Snapshot snapshot{.step = loaded.manifest.step,
                    .model = loaded.model.tensors(),
                    .optimizer = loaded.optimizer.tensors(),
                    .state = loaded.state,
                    .config = loaded.manifest.config,
                    .pack_fingerprint = loaded.manifest.pack_fingerprint,
                    .environment = loaded.manifest.environment,
                    .metrics = loaded.manifest.metrics,
                    .best = loaded.manifest.best};
  const auto found = std::ranges::find(snapshot.model, tensor, &TensorView::name);
  ASSERT_NE(found, snapshot.model.end());
  std::vector<std::byte> bytes(found->bytes.begin(), found->bytes.end());
  bytes[1] ^= std::byte{1};
  found->bytes = bytes;
  spdlog::logger log("test");
  const auto alone = make_single_communicator();
  CheckpointStore(checkpoint.parent_path(), *alone, log, {.keep = 0}).commit(snapshot);
}

TEST_F(Prove, ARunIsProvenOnAnyNumberOfRanksAndNothingInItChanges) {
  const fs::path run = trained("good", 45, {"checkpoint.every_steps=20", "ema.decay=0.9"});
  const auto before = files_of(run);
  for (const char* ranks : {"1", "2", "4"}) {
    const nlohmann::json proof = proof_of(0, {run.string(), "-n", ranks});
    EXPECT_EQ(proof.at("proven"), true) << ranks;
    EXPECT_EQ(proof.at("from"), 40);
    EXPECT_EQ(proof.at("to"), 45);
    EXPECT_EQ(proof.at("recorded_digest"), newest_state(run).digest);
    EXPECT_EQ(proof.at("environment_changes"), "");
  }
  const nlohmann::json whole = proof_of(0, {run.string(), "--from", "0", "--to", "40"});
  EXPECT_EQ(whole.at("proven"), true);
  EXPECT_EQ(whole.at("from"), 0);
  EXPECT_EQ(files_of(run), before);
  const ProgramResult text = lockstep_program({"prove", run.string()});
  EXPECT_THAT(text.out, HasSubstr("proven: 5 steps on 1 rank, and the same bits."));
}

TEST_F(Prove, ACheckpointThatWasChangedAndHasAllItsHashesIsNotProven) {
  const fs::path run = trained("changed", 6, {"checkpoint.every_steps=4"});
  const std::string tensor = load_checkpoint(checkpoint(run, 6)).model.tensors()[0].name;
  alter(checkpoint(run, 6), tensor);
  EXPECT_EQ(lockstep_program({"checkpoints", run.string()}).exit_code, 0) << "it verifies";
  const nlohmann::json proof = proof_of(4, {run.string()});
  EXPECT_EQ(proof.at("proven"), false);
  EXPECT_THAT(proof.at("different_tensors").get<Words>(), ElementsAre(tensor));
  const ProgramResult text = lockstep_program({"prove", run.string(), "-n", "2"});
  EXPECT_EQ(text.exit_code, 4);
  EXPECT_THAT(text.out, HasSubstr("not proven: 1 tensor differs: " + tensor));
  EXPECT_THAT(text.out, HasSubstr("a bit was flipped in one of the two runs"));
  // From what was changed nothing comes that was recorded.
  const fs::path other = trained("changed before", 6, {"checkpoint.every_steps=4"});
  alter(checkpoint(other, 4), tensor);
  EXPECT_GT(proof_of(4, {other.string()}).at("different_tensors").size(), 0u);
}

TEST_F(Prove, AStopInTheEvaluationAndPhasesOfFineTuningAreReplayed) {
  const fs::path run = trained("phases", 70, {"fine_tune.head_epochs=1", "checkpoint.keep=0"});
  EXPECT_EQ(proof_of(0, {run.string(), "--from", "0", "--to", "70"}).at("proven"), true);
  EXPECT_EQ(proof_of(0, {run.string(), "--from", "31"}).at("proven"), true);
}

TEST_F(Prove, WhatIsNotOneCourseIsRefused) {
  const fs::path run = trained("courses", 4);
  expect(2, "has no checkpoint before that of step 4: --from 0", {"prove", run.string()});
  expect(2, "is one checkpoint: name the run", {"prove", checkpoint(run, 4).string()});
  expect(2, "has no checkpoint of step 3", {"prove", run.string(), "--from", "3"});
  expect(2, "not before --to", {"prove", run.string(), "--from", "4"});
  expect(2, "optimizer.lr: 0.1 in the run, 0.3 now",
         {"prove", run.string(), "--from", "0", "optimizer.lr=0.3"});
  // A change takes effect with a checkpoint of its own, in the place of that of step 4.
  trained("other", 4, {"checkpoint.every_steps=2"});
  const fs::path other = trained("other", 6, {"optimizer.lr=0.2", "--override"});
  expect(0, "", {"prove", other.string()});
  expect(2, "went on with another config between step 2 and step 6",
         {"prove", other.string(), "--from", "2"});
  trained("lanes", 4, {"checkpoint.every_steps=2"});
  const fs::path lanes = trained("lanes", 6, {"--lanes", "2"});
  expect(0, "", {"prove", lanes.string(), "--from", "4"});
  expect(2, "4 lanes at step 2, and 2 at step 6", {"prove", lanes.string(), "--from", "2"});
  const fs::path fast = trained("fast", 4, {"train.reduction=fast"});
  expect(2, "does not promise the same bits twice", {"prove", fast.string(), "--from", "0"});
}

TEST_F(Prove, APackThatWasMovedIsNamedOnTheCommandLine) {
  const fs::path run = trained("moved", 4, {"checkpoint.every_steps=2"});
  const fs::path elsewhere = job_->run_dir("elsewhere");
  fs::rename(job_->pack(), elsewhere);
  expect(3, "", {"prove", run.string()});
  expect(0, "", {"prove", run.string(), "data.pack=" + elsewhere.string()});
  fs::rename(elsewhere, job_->pack());
}

}  // namespace
}  // namespace lockstep
