// A run that goes back after a bad step comes to the same bits, whatever was saved when, on any
// number of ranks, and however often it was interrupted.

#include <cmath>
#include <cstring>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "checkpoint/agreement.h"
#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "comm/communicator/mpi_communicator.h"
#include "core/file.h"
#include "launcher/config/config_yaml.h"
#include "launcher/run/train_rank.h"
#include "launcher/tensorboard/metrics_events.h"
#include "launcher/use/prove_rank.h"
#include "tests/message_of.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"
#include "trainer/training_state.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

constexpr int kSamples = 120;  // 10 steps of 3 lanes of 4

/// Numbers to learn, one of which is far from all others.
MemorySource poisoned_source() {
  MemorySource source({LabelKind::float32, 1}, {}, {"number"});
  for (int i = 0; i < kSamples + 12; ++i) {
    std::string pixels;
    for (int pixel = 0; pixel < 64; ++pixel) {
      pixels.push_back(static_cast<char>((i * 37 + pixel * (i % 7 + 1)) % 251));
    }
    source.add(i < kSamples ? "train" : "valid", fmt::format("{:05}.png", i), pixels, -1,
               {i == 31 ? 500.0f : static_cast<float>(i % 10) / 10});
  }
  return source;
}

/// A process that is killed at a moment.
struct Killed {};

class Rollback : public testing::Test {
 protected:
  Rollback() {
    shared_ = broadcast_text(*ranks_, directory_.path().string(), 0);
    if (is_root()) {
      PackWriterOptions options;
      options.out = shared_ / "pack";
      write_pack(poisoned_source(), options);
    }
    ranks_->barrier();
  }
  void TearDown() override { ranks_->barrier(); }  // rank 0 removes the directory next

  bool is_root() const { return ranks_->rank() == 0; }
  fs::path run_dir(const std::string& name) const { return shared_ / name; }

  TrainJob job(const std::string& run, Words overrides) const {
    overrides.insert(overrides.begin(), {"data.pack=" + (shared_ / "pack").string(),
                                         "run.dir=" + run_dir(run).string()});
    constexpr const char* kYaml =
        "data: {image_size: 8, workers: 0}\n"
        "model: {name: simple_cnn, dropout: 0.1}\n"
        "train: {epochs: 4, batch: 4, lanes: 3, device: cpu}\n"
        "optimizer: {lr: 0.02}\n"
        "schedule: {warmup_epochs: 1}\n"
        "rollback: {at_most: 8, steps: 3, spike_factor: 4}\n"
        "log: {every_steps: 2, tensorboard: true}\n";
    TrainJob job;
    job.config = parse_config(kYaml, "test.yaml", overrides);
    return job;
  }

  RankContext context(Communicator& communicator) {
    return {communicator, stop_, log_,
            [this](const ProgressEvent&) {
              if (steps_until_kill_ > 0 && --steps_until_kill_ == 0) throw Killed();
            },
            [](const fs::path&, double) {}};
  }
  void train(Communicator& communicator, const std::string& run, const Words& overrides = {}) {
    RankContext rank = context(communicator);
    EXPECT_EQ(run_train_rank(job(run, overrides), rank), ExitCode::ok);
  }
  /// Until this many steps were computed; does not outlive them.
  void train_and_be_killed(const std::string& run, int steps, const Words& overrides) {
    steps_until_kill_ = steps;
    RankContext rank = context(*ranks_);
    EXPECT_THROW(run_train_rank(job(run, overrides), rank), Killed);
    steps_until_kill_ = 0;
    ranks_->barrier();
  }

  struct Result {
    std::string digest;
    nlohmann::json state;
  };
  Result result_of(const std::string& run) const {
    ranks_->barrier();
    const auto newest =
        load_checkpoint(list_checkpoints(run_dir(run) / kCheckpointsDirectory).back().directory);
    return {newest.manifest.state_digest, newest.state};
  }
  std::vector<nlohmann::json> metrics_of(const std::string& run) const {
    std::vector<nlohmann::json> lines;
    std::istringstream text(read_file(run_dir(run) / "metrics.jsonl", ExitCode::storage));
    for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }
  void expect_the_same(const std::string& run) {
    const Result expected = result_of("alone"), found = result_of(run);
    EXPECT_EQ(found.digest, expected.digest) << run;
    EXPECT_EQ(found.state.at("skips"), expected.state.at("skips")) << run;
    EXPECT_EQ(found.state.at("history"), expected.state.at("history")) << run;
    std::size_t rollbacks = 0;
    std::int64_t step = 0;
    for (const nlohmann::json& line : metrics_of(run)) {
      EXPECT_GE(line.at("step").get<std::int64_t>(), step) << run << ": " << line;
      step = line.at("step");
      if (line.at("kind") != "rollback") continue;
      EXPECT_EQ(line.at("number"), ++rollbacks) << run;
      EXPECT_EQ(line.at("reason"), expected.state.at("skips")[rollbacks - 1].at("reason"));
    }
    EXPECT_EQ(rollbacks, expected.state.at("skips").size()) << run;
    expect_that_events_follow(run);
  }
  /// The one event file has what metrics.jsonl has, and nothing that was undone.
  void expect_that_events_follow(const std::string& run) const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(run_dir(run))) {
      if (entry.path().filename().string().find("tfevents") != std::string::npos) {
        files.push_back(entry.path());
      }
    }
    ASSERT_EQ(files.size(), 1u) << run;
    const std::string events = read_file(files.front(), ExitCode::storage);
    const std::string expected =
        MetricsEvents(0).of_text(read_file(run_dir(run) / "metrics.jsonl", ExitCode::storage));
    ASSERT_TRUE(events.ends_with(expected)) << run;
    const std::string head = events.substr(0, events.size() - expected.size());
    EXPECT_THAT(head, AllOf(HasSubstr("train/images"), Not(HasSubstr("train/loss")))) << run;
    EXPECT_THAT(expected, HasSubstr("train/loss")) << run;
  }
  /// On one rank, without a disturbance.
  void train_alone() {
    if (is_root()) train(*make_single_communicator(), "alone");
    ranks_->barrier();
  }

  TemporaryDirectory directory_;
  fs::path shared_;
  std::ostringstream logged_;
  std::shared_ptr<spdlog::logger> log_ = std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_st>(logged_));
  std::unique_ptr<Communicator> ranks_ = make_mpi_communicator();
  StopRequest stop_{StopSignals::rank};
  int steps_until_kill_ = 0;
};

TEST_F(Rollback, HasTheSameBitsWhateverIsSavedOnAnyRanks) {
  train_alone();
  const Result expected = result_of("alone");
  ASSERT_GE(expected.state.value("skips", nlohmann::json::array()).size(), 2u)
      << "the sample is not poisonous enough";
  EXPECT_LT(expected.state.at("step"), 40);
  for (const char* every : {"0", "1", "3", "7"}) {
    for (const char* keep : {"0", "2"}) {
      const std::string run = fmt::format("every {} keep {}", every, keep);
      train(*ranks_, run,
            {fmt::format("checkpoint.every_steps={}", every),
             fmt::format("checkpoint.keep={}", keep)});
      expect_the_same(run);
    }
  }
  train(*ranks_, "at the end", {"checkpoint.every_epochs=0"});
  expect_the_same("at the end");
  if (is_root()) {
    EXPECT_THAT(logged_.str(),
                AllOf(HasSubstr("times the mean of those before it, at step"),
                      HasSubstr("the run goes on from step"), HasSubstr("rollback 1: ")));
  }
}

TEST_F(Rollback, HasTheSameBitsHoweverItWasStopped) {
  train_alone();
  const nlohmann::json skips = result_of("alone").state.at("skips");
  for (const std::size_t i : {0, 1}) {
    const std::int64_t back = skips[i].at("step"), bad = skips[i].at("bad_step");
    for (const std::int64_t stop : {back, back + 1, bad}) {
      for (const char* every : {"0", "2"}) {
        const std::string run = fmt::format("stop {} every {} of {}", stop, every, back);
        const std::string saved = fmt::format("checkpoint.every_steps={}", every);
        train(*ranks_, run, {fmt::format("train.max_steps={}", stop), saved});
        train(*ranks_, run, {saved});
        expect_the_same(run);
      }
    }
  }
}

TEST_F(Rollback, HasTheSameBitsWhenItWasKilled) {
  train_alone();
  for (const int steps : {9, 17, 25, 38}) {
    for (const char* every : {"0", "1"}) {
      const std::string run = fmt::format("killed {} every {}", steps, every);
      const std::string saved = fmt::format("checkpoint.every_steps={}", every);
      train_and_be_killed(run, steps, {saved});
      train(*ranks_, run, {saved});
      expect_the_same(run);
    }
  }
}

TEST_F(Rollback, IsReplayedAsWell) {
  train(*ranks_, "proven", {"checkpoint.keep=0"});
  const ProveJob whole{.run = run_dir("proven"), .from = 0, .to = std::nullopt};
  RankContext rank = context(*ranks_);
  EXPECT_EQ(run_prove_rank(whole, rank), ExitCode::ok);
  const ProveJob newest{.run = run_dir("proven"), .from = std::nullopt, .to = std::nullopt};
  EXPECT_EQ(run_prove_rank(newest, rank), ExitCode::ok);
}

TEST_F(Rollback, EndsTheRunOnceItWasDoneTooOften) {
  RankContext rank = context(*ranks_);
  EXPECT_THAT(
      message_of(ExitCode::internal,
                 [&] { run_train_rank(job("often", {"rollback.at_most=1"}), rank); }),
      HasSubstr("The run has gone back 1 time already, and rollback.at_most allows no more"));
}

TEST_F(Rollback, OfARateThatIsTooHighNeverCommitsWhatIsNotFinite) {
  RankContext rank = context(*ranks_);
  const TrainJob diverging =
      job("diverging", {"optimizer.lr=1e15", "rollback.spike_factor=0", "schedule.warmup_epochs=0",
                        "checkpoint.every_steps=1", "checkpoint.keep=0"});
  EXPECT_THAT(message_of(ExitCode::internal, [&] { run_train_rank(diverging, rank); }),
              testing::AnyOf(HasSubstr("training has diverged"),
                             HasSubstr("nothing of that epoch is left")));
  ranks_->barrier();
  for (const auto& entry : list_checkpoints(run_dir("diverging") / kCheckpointsDirectory)) {
    const LoadedCheckpoint checkpoint = load_checkpoint(entry.directory, check_training_state);
    for (const TensorView& tensor : checkpoint.model.tensors()) {
      if (tensor.dtype != DType::f32) continue;
      for (std::size_t i = 0; i < tensor.bytes.size(); i += sizeof(float)) {
        float value = 0;
        std::memcpy(&value, tensor.bytes.data() + i, sizeof value);
        ASSERT_TRUE(std::isfinite(value)) << tensor.name << " at step " << entry.step;
      }
    }
  }
}

}  // namespace
}  // namespace lockstep
