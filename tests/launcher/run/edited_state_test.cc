#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "core/file.h"
#include "core/hash.h"
#include "launcher/config/config_yaml.h"
#include "launcher/report/checkpoints_report.h"
#include "launcher/run/train_rank.h"
#include "tests/message_of.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"
#include "trainer/training_state.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using testing::HasSubstr;

std::string hash_of(std::string_view text) { return xxh3_128_hex(std::as_bytes(std::span(text))); }

/// Puts `state` into the checkpoint as its own writer would have: with the hashes that belong to
/// it.
void write_state(const fs::path& checkpoint, const std::string& state,
                 const std::function<void(Json&)>& change_manifest = {}) {
  replace_file(checkpoint / kStateFile, state);
  Json manifest = Json::parse(read_file(checkpoint / kManifestFile, ExitCode::storage));
  manifest.erase("manifest_hash");
  for (Json& file : manifest["files"]) {
    if (file["name"] != kStateFile) continue;
    file["bytes"] = state.size();
    file["xxh3_128"] = hash_of(state);
  }
  if (change_manifest) change_manifest(manifest);
  std::string text = manifest.dump(2);
  text.replace(text.size() - 2, 2, ",\n");
  replace_file(checkpoint / kManifestFile,
               text + fmt::format("  \"manifest_hash\": \"{}\"\n}}\n", hash_of(text)));
}

Json state_of(const fs::path& checkpoint) {
  return Json::parse(read_file(checkpoint / kStateFile, ExitCode::storage));
}

/// A run of two epochs of five steps, stopped at step 7 with checkpoints at 5 and 7.
class EditedStateTest : public testing::Test {
 protected:
  EditedStateTest() {
    PackWriterOptions options;
    options.out = directory_ / "pack";
    write_pack(random_source(40, 64), options);
    train(run(), {"train.max_steps=7"});
    fs::copy(run(), directory_ / "copy", fs::copy_options::recursive);
    train(run());
    digest_ = newest_digest(run());
    restore();
  }

  fs::path run() const { return directory_ / "run"; }
  fs::path checkpoint(std::int64_t step) const {
    return run() / kCheckpointsDirectory / checkpoint_directory_name(step);
  }
  void restore() {
    fs::remove_all(run());
    fs::copy(directory_ / "copy", run(), fs::copy_options::recursive);
    logged_.str("");
  }

  TrainJob job(const fs::path& directory, std::vector<std::string> overrides = {}) const {
    overrides.insert(overrides.begin(), {"data.pack=" + (directory_ / "pack").string(),
                                         "run.dir=" + directory.string()});
    constexpr const char* kYaml =
        "data: {image_size: 8, workers: 0, augment: {flip: horizontal}}\n"
        "model: {name: simple_cnn}\n"
        "train: {epochs: 2, batch: 4, lanes: 2, device: cpu}\n"
        "schedule: {warmup_epochs: 1}\n"
        "checkpoint: {keep: 0}\n"
        "log: {every_steps: 5}\n";
    TrainJob job;
    job.config = parse_config(kYaml, "test.yaml", overrides);
    return job;
  }
  ExitCode train(const TrainJob& job) {
    RankContext context{*communicator_, stop_, log_, [](const ProgressEvent&) {},
                        [](const fs::path&, double) {}};
    return run_train_rank(job, context);
  }
  ExitCode train(const fs::path& directory, std::vector<std::string> overrides = {}) {
    return train(job(directory, std::move(overrides)));
  }
  static std::string newest_digest(const fs::path& run) {
    return read_manifest(list_checkpoints(run / kCheckpointsDirectory).back().directory)
        .state_digest;
  }

  TemporaryDirectory directory_;
  std::ostringstream logged_;
  std::shared_ptr<spdlog::logger> log_ = std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_st>(logged_));
  std::unique_ptr<Communicator> communicator_ = make_single_communicator();
  StopRequest stop_{StopSignals::rank};
  std::string digest_;  ///< of the run that nobody edited
};

/// What every number is replaced by.
std::vector<Json> replacements() {
  return {-1,      std::int64_t{1} << 31, std::numeric_limits<std::int64_t>::max(), 1e308, 0.5, "x",
          nullptr, Json::array()};
}

/// "offset" of /cursor/offset, "mean" of /input/mean/0, "best": what a message must name.
std::string name_of_field(const std::string& pointer) {
  if (pointer.starts_with("/best/")) return "best";
  const Json::json_pointer path(pointer);
  const std::string last = path.back();
  return last.find_first_not_of("0123456789") == std::string::npos ? path.parent_pointer().back()
                                                                   : last;
}

/// Of an edited checkpoint: it is refused with the field's name, or the run ends as it would have.
TEST_F(EditedStateTest, ANumberThatCannotBeIsRefusedByItsName) {
  fs::remove_all(directory_ / "copy" / kCheckpointsDirectory / checkpoint_directory_name(5));
  restore();
  const Json state = state_of(checkpoint(7));
  const Json manifest = Json::parse(read_file(checkpoint(7) / kManifestFile, ExitCode::storage));
  int refused = 0, trained = 0;
  const auto try_edit = [&](const std::string& pointer, const std::string& what) {
    SCOPED_TRACE(what);
    try {
      load_checkpoint(checkpoint(7), check_training_state);
      EXPECT_EQ(train(run()), ExitCode::ok);
      ++trained;
      // The schedule of a warm-up that a restart began cannot be told from another one.
      if (!pointer.starts_with("/schedule/warmup_")) {
        EXPECT_EQ(newest_digest(run()), digest_);
      }
      restore();
    } catch (const Error& error) {
      ++refused;
      EXPECT_EQ(error.code(), ExitCode::storage) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(name_of_field(pointer)));
    }
  };
  const Json numbers = state.flatten(), manifest_numbers = manifest.flatten();
  for (const auto& [pointer, value] : numbers.items()) {
    if (!value.is_number()) continue;
    for (const Json& other : replacements()) {
      Json edited = state;
      edited[Json::json_pointer(pointer)] = other;
      write_state(checkpoint(7), edited.dump());
      try_edit(pointer, "state.json" + pointer + " = " + other.dump());
    }
  }
  restore();
  for (const auto& [pointer, value] : manifest_numbers.items()) {
    if (!value.is_number() || pointer == "/version") continue;
    for (const Json& other : replacements()) {
      replace_file(checkpoint(7) / kManifestFile, manifest.dump(2));
      write_state(checkpoint(7), state.dump(), [&](Json& edited) {
        if (pointer.starts_with("/files/2/")) return;  // its own size: write_state sets it
        edited[Json::json_pointer(pointer)] = other;
      });
      try_edit(pointer, "manifest.json" + pointer + " = " + other.dump());
    }
  }
  EXPECT_GT(refused, 200);
  EXPECT_GT(trained, 10);
}

TEST_F(EditedStateTest, OfOnesThatMustAgreeNoneIsChangedAlone) {
  const auto error_of = [&](const char* pointer, const Json& value) {
    Json edited =
        state_of(directory_ / "copy" / kCheckpointsDirectory / checkpoint_directory_name(7));
    edited[Json::json_pointer(pointer)] = value;
    write_state(checkpoint(7), edited.dump());
    return message_of(ExitCode::storage,
                      [&] { load_checkpoint(checkpoint(7), check_training_state); });
  };
  EXPECT_THAT(error_of("/step", 8), HasSubstr("'step' 8, and the manifest has 7"));
  EXPECT_THAT(error_of("/best/step", 4), HasSubstr("'best' in state.json is not that of the"));
  EXPECT_THAT(error_of("/evaluated_epochs", 0),
              HasSubstr("'evaluated_epochs' is 0, which does not"));
  EXPECT_THAT(error_of("/evaluated_epochs", 2),
              HasSubstr("'evaluated_epochs' is 2, which does not"));
  EXPECT_THAT(error_of("/cursor/epoch", 9), HasSubstr("does not fit 'cursor'"));
  EXPECT_THAT(error_of("/cursor/offset", 24), HasSubstr("'epoch_sums.count' is 16 where"));
  EXPECT_THAT(error_of("/history", Json::array()), HasSubstr("'history' has 0 epochs where"));
  EXPECT_THAT(error_of("/history/0", 3), HasSubstr("'history[0]' is 3, not an object"));
  EXPECT_THAT(error_of("/history/0/step", "x"), HasSubstr("'history[0].step' is \"x\", not"));
  EXPECT_THAT(error_of("/history/0/x", Json::array({1})),
              HasSubstr("'history[0].x' is [1], not a"));
  EXPECT_THAT(error_of("/input/mean", Json::array()),
              HasSubstr("mean has 0 numbers for 1 channels"));
}

TEST_F(EditedStateTest, DepthIsLimitedBeforeAnyWalk) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  Json edited = state_of(checkpoint(7));
  edited["history"] = "DEEP";
  std::string text = edited.dump();
  text.replace(text.find("\"DEEP\""), 6, deep);
  write_state(checkpoint(7), text);
  EXPECT_THAT(message_of(ExitCode::storage, [&] { load_checkpoint(checkpoint(7)); }),
              HasSubstr("state.json' cannot be used: it has more than 64 levels"));
}

TEST_F(EditedStateTest, AStateThatDoesNotParseIsDamageAndTheNextOlderIsUsed) {
  Json edited = state_of(checkpoint(7));
  edited["lanes"] = std::int64_t{1} << 31;
  write_state(checkpoint(7), edited.dump());
  const CheckpointsReport report = report_checkpoints(run(), check_training_state);
  ASSERT_EQ(report.checkpoints.size(), 2u);
  EXPECT_EQ(report.checkpoints[0].problem, "");
  EXPECT_THAT(report.checkpoints[1].problem,
              HasSubstr("'lanes' is 2147483648, not a whole number"));
  EXPECT_EQ(train(run()), ExitCode::ok);
  EXPECT_THAT(logged_.str(), HasSubstr("the checkpoint of step 7 is not usable and is now '"));
  EXPECT_THAT(logged_.str(), HasSubstr("'lanes' is 2147483648"));
  EXPECT_THAT(logged_.str(), HasSubstr("step_00000005 (step 5)"));
  EXPECT_TRUE(fs::exists(checkpoint(7).string() + std::string(kCorruptSuffix)));
  EXPECT_EQ(newest_digest(run()), digest_);
}

TEST_F(EditedStateTest, ABestMetricNeedsAValidationSplit) {
  const fs::path other = directory_ / "other";
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] {
                           train(other, {"data.valid=", "checkpoint.best=valid/loss"});
                         }),
              HasSubstr("checkpoint.best is 'valid/loss', but data.valid is empty"));
  EXPECT_EQ(train(other, {"data.valid=", "train.max_steps=2"}), ExitCode::ok);
  EXPECT_EQ(train(other, {"data.valid=", "train.max_steps=3"}), ExitCode::ok);
}

TEST_F(EditedStateTest, AnOverrideToAnotherOptimizerOrNetworkSaysSo) {
  TrainJob changed = job(run(), {"optimizer.name=adam"});
  changed.change = ConfigChange::override;
  EXPECT_THAT(
      message_of(ExitCode::usage, [&] { train(changed); }),
      HasSubstr("the run's optimizer.name is sgd, which the checkpoint's tensors belong to"));
  changed = job(run(), {"model.name=resnet18"});
  changed.change = ConfigChange::override;
  EXPECT_THAT(message_of(ExitCode::usage, [&] { train(changed); }),
              HasSubstr("the run's model.name is simple_cnn"));
}

}  // namespace
}  // namespace lockstep
