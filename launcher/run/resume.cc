#include "launcher/run/resume.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "checkpoint/reader.h"
#include "checkpoint/selection.h"
#include "core/error.h"
#include "launcher/config/config_yaml.h"
#include "launcher/setup/initial_weights.h"

namespace lockstep {
namespace {

void check_resume(const TrainJob& job, const RunDirectory& run) {
  check(job.resume != Resume::never || list_checkpoints(run.checkpoints()).empty(), ExitCode::usage,
        "'{}' already has checkpoints, and --resume is never: choose another run.dir, or delete "
        "this one",
        run.path().string());
  check(
      job.resume != Resume::from_path || classify_target(job.resume_path) == TargetKind::checkpoint,
      ExitCode::usage,
      "--resume takes one checkpoint, and '{}' is a run: give one of those that `lockstep "
      "checkpoints` lists of it",
      job.resume_path);
  if (job.resume != Resume::from_path || list_checkpoints(run.checkpoints()).empty()) return;
  const std::filesystem::path directory = job.resume_path;
  std::error_code error;  // what cannot be looked at is told by who reads it
  check(std::filesystem::equivalent(directory / "..", run.checkpoints(), error) || error,
        ExitCode::usage,
        "'{}' is not a checkpoint of '{}', which has its own: choose another run.dir to go on from "
        "it",
        job.resume_path, run.path().string());
}

/// The checkpoint's tensors are those of one network and of one kind of optimizer, whatever
/// --override says.
void check_same_tensors(const Config& run, const Config& now) {
  constexpr const char* kRemedy =
      "which the checkpoint's tensors belong to, and --override cannot change it; keep it, or "
      "begin a new run with another run.dir";
  constexpr std::array<std::string_view, 3> kWithoutTensors = {"model.dropout", "model.drop_path",
                                                               "model.zero_init_residual"};
  for (const ConfigDifference& difference : config_diff(run, now)) {
    const bool is_shape = difference.key.starts_with("model.") || difference.key == "data.channels";
    check(!is_shape || std::ranges::find(kWithoutTensors, difference.key) != kWithoutTensors.end(),
          ExitCode::usage, "the run's {} is {}, {}", difference.key, difference.run, kRemedy);
  }
  check(std::ranges::equal(state_names(run.optimizer.name), state_names(now.optimizer.name)),
        ExitCode::usage, "the run's optimizer.name is {}, {}", name_of(run.optimizer.name),
        kRemedy);
}

bool is_adopted(const LoadedCheckpoint& checkpoint, const RunDirectory& run) {
  return !is_in_use(checkpoint.directory, checkpoint.manifest.step, run.checkpoints());
}

}  // namespace

StartPoint load_for_resume(const TrainJob& job, const RunDirectory& run, CheckpointStore& store,
                           Communicator& communicator) {
  check_resume(job, run);
  if (job.resume != Resume::from_path) return {.checkpoint = store.load_newest()};
  StartPoint start{.checkpoint = store.load(job.resume_path)};
  start.adopted = is_adopted(*start.checkpoint, run);
  // One rank decides: what follows is collective.
  communicator.broadcast(std::as_writable_bytes(std::span(&start.adopted, 1)), 0);
  return start;
}

StartPoint peek_for_resume(const TrainJob& job, const RunDirectory& run) {
  check_resume(job, run);
  if (job.resume == Resume::from_path) {
    StartPoint start{.checkpoint = load_checkpoint(job.resume_path, check_training_state)};
    start.adopted = is_adopted(*start.checkpoint, run);
    return start;
  }
  const std::vector<CheckpointEntry> entries = list_checkpoints(run.checkpoints());
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    try {
      return {.checkpoint = load_checkpoint(entry->directory, check_training_state)};
    } catch (const UnsupportedCheckpoint&) {
      throw;
    } catch (const Error&) {
      // A damaged one: the real start would set it aside and take the next older too.
    }
  }
  check_nothing_was_lost(run.checkpoints());
  return {};
}

Config config_for_start(const TrainJob& job) {
  Config config = job.config;
  if (job.lanes > 0) config.train.lanes = job.lanes;
  return config;
}

Config config_for_resume(const TrainJob& job, const LoadedCheckpoint& checkpoint,
                         const std::string& pack_fingerprint, spdlog::logger& log) {
  const Config run = parse_config(checkpoint.manifest.config, "the run's config");
  const std::vector<ConfigDifference> differences = config_diff(run, job.config);
  if (!differences.empty()) {
    check_same_tensors(run, job.config);
    check(job.change == ConfigChange::override, ExitCode::usage,
          "this is not the config that the checkpoint '{}' was trained with:\n{}Use --override to "
          "continue with the new one, or give the run's own, or another run.dir",
          checkpoint.directory, OwnLines{to_text(differences)});
    log.warn("continuing with another config because of --override:\n{}", to_text(differences));
  }
  check(pack_fingerprint == checkpoint.manifest.pack_fingerprint ||
            job.change == ConfigChange::override,
        ExitCode::usage,
        "pack '{}' (fingerprint {}) is not the one that the run was trained on ({}). Give that "
        "pack with data.pack=PATH, or use --override to continue with this one",
        job.config.data.pack, pack_fingerprint, checkpoint.manifest.pack_fingerprint);

  Config config = job.config;
  if (config.train.precision == Precision::automatic) config.train.precision = run.train.precision;
  if (config.data.image_size == 0) config.data.image_size = run.data.image_size;
  if (config.data.channels == 0) config.data.channels = run.data.channels;
  if (config.data.mean.empty()) config.data.mean = run.data.mean;
  if (config.data.std.empty()) config.data.std = run.data.std;
  const TrainingState state = read_training_state(checkpoint);
  if (config.model.weights != run.model.weights) {
    check_same_weights(config.model.weights, state.weights);
    config.model.weights = run.model.weights;
  }
  config.model.weights_ema = run.model.weights_ema;
  const int lanes = state.lanes;
  check(lanes == run.train.lanes, ExitCode::storage,
        "'{}' is damaged: 'lanes' in its state.json is {}, and train.lanes in its config is {}",
        checkpoint.directory, lanes, run.train.lanes);
  if (job.lanes == 0 && config.train.lanes != 0 && config.train.lanes != lanes) {
    log.warn(
        "train.lanes is {} in the config, but the run has {} lanes and keeps them; use --lanes {} "
        "to change it",
        config.train.lanes, lanes, config.train.lanes);
  }
  config.train.lanes = job.lanes > 0 ? job.lanes : lanes;
  return config;
}

bool continues_unchanged(const TrainJob& job, const LoadedCheckpoint& checkpoint,
                         const std::string& pack_fingerprint) {
  const Config run = parse_config(checkpoint.manifest.config, "the run's config");
  const DataOptions &had = run.data, &given = job.config.data;
  const bool takes_mean = job.config.data.normalise == Normalise::pack;
  // What the run left open is no difference of the configs, but may now be another value.
  const bool filled_in = (had.image_size == 0 && given.image_size != 0) ||
                         (had.channels == 0 && given.channels != 0) ||
                         (takes_mean && had.mean.empty() && !given.mean.empty()) ||
                         (takes_mean && had.std.empty() && !given.std.empty());
  return pack_fingerprint == checkpoint.manifest.pack_fingerprint && !filled_in &&
         config_diff(run, job.config).empty();
}

void check_input(const LoadedCheckpoint& checkpoint, const InputSpec& saved,
                 const InputSpec& expected) {
  check(saved == expected, ExitCode::storage,
        "'{}' is damaged: 'input' in its state.json has images of {}x{} with {} channels, a mean "
        "and a std that its config and pack do not give (they give {}x{} with {} channels)",
        checkpoint.directory, saved.height, saved.width, saved.channels, expected.height,
        expected.width, expected.channels);
}

void check_continuation(const LoadedCheckpoint& checkpoint, const TrainingState& saved,
                        const TrainingPlan& plan) {
  const auto require = [&](bool good, const char* field, auto value, const char* why) {
    check(good, ExitCode::storage, "'{}' is damaged: '{}' in its state.json is {}, {}",
          checkpoint.directory, field, value, why);
  };
  const Cursor& cursor = saved.cursor;
  require(cursor.offset < plan.samples, "cursor.offset", cursor.offset,
          "beyond the end of the training split");
  require(cursor.offset % static_cast<std::uint64_t>(plan.batch) == 0, "cursor.offset",
          cursor.offset, "not a multiple of train.batch");
  if (saved.lanes != plan.lanes) return;
  const LrSchedule &had = saved.schedule, &planned = plan.schedule;
  constexpr const char* kOther = "not what its config gives";
  require(had.curve == planned.curve, "schedule.name", name_of(had.curve), kOther);
  require(had.target_rate == planned.target_rate, "schedule.target_rate", had.target_rate, kOther);
  require(had.epochs == planned.epochs, "schedule.epochs", had.epochs, kOther);
  require(had.warmup_epochs == planned.warmup_epochs, "schedule.warmup_epochs", had.warmup_epochs,
          kOther);
  require(had.warmup_begin <= epochs_done(cursor, plan.shape()), "schedule.warmup_begin",
          had.warmup_begin, "later than the run has come");
  // Another rate at the begin is one that a restart warmed up from.
  require(had.warmup_begin > 0 || had.warmup_rate == planned.warmup_rate || had.warmup_rate == 0,
          "schedule.warmup_rate", had.warmup_rate, kOther);
}

void check_input_for_resume(const TrainJob& job, const InputSpec& run, const InputSpec& now) {
  check(run == now || job.change == ConfigChange::override, ExitCode::usage,
        "the run was trained on {}x{} images; now they would be {}x{}, or have another mean and "
        "std. Restore data.image_size and data.pack, or use --override to continue",
        run.height, run.width, now.height, now.width);
}

}  // namespace lockstep
