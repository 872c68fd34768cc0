#include "launcher/run/resume.h"

#include <vector>

#include "checkpoint/reader.h"
#include "core/error.h"
#include "launcher/config/config_yaml.h"
#include "trainer/training_state.h"

namespace lockstep {
namespace {

void check_never(const TrainJob& job, const RunDirectory& run) {
  check(job.resume != Resume::never || list_checkpoints(run.checkpoints()).empty(), ExitCode::usage,
        "'{}' already has checkpoints, and --resume is never: choose another run.dir, or delete "
        "this one",
        run.path().string());
}

}  // namespace

std::optional<LoadedCheckpoint> load_for_resume(const TrainJob& job, const RunDirectory& run,
                                                CheckpointStore& store) {
  check_never(job, run);
  if (job.resume == Resume::from_path) return store.load(job.resume_path);
  return store.load_newest();
}

std::optional<LoadedCheckpoint> peek_for_resume(const TrainJob& job, const RunDirectory& run) {
  check_never(job, run);
  if (job.resume == Resume::from_path) return load_checkpoint(job.resume_path);
  const std::vector<CheckpointEntry> entries = list_checkpoints(run.checkpoints());
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    try {
      return load_checkpoint(entry->directory);
    } catch (const UnsupportedCheckpoint&) {
      throw;
    } catch (const Error&) {
      // A damaged one: the real start would set it aside and take the next older too.
    }
  }
  return std::nullopt;
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
    check(job.change == ConfigChange::override, ExitCode::usage,
          "this is not the config that the checkpoint of step {} in '{}' was trained with:\n{}Use "
          "--override to continue with the new one, or give the run's own, or another run.dir",
          checkpoint.manifest.step, job.config.run.dir, to_text(differences));
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
  const int lanes = training_state_from_json(checkpoint.state).lanes;
  if (job.lanes == 0 && config.train.lanes != 0 && config.train.lanes != lanes) {
    log.warn(
        "train.lanes is {} in the config, but the run has {} lanes and keeps them; use --lanes {} "
        "to change it",
        config.train.lanes, lanes, config.train.lanes);
  }
  config.train.lanes = job.lanes > 0 ? job.lanes : lanes;
  return config;
}

void check_input_for_resume(const TrainJob& job, const InputSpec& run, const InputSpec& now) {
  check(run == now || job.change == ConfigChange::override, ExitCode::usage,
        "the run was trained on {}x{} images; now they would be {}x{}, or have another mean and "
        "std. Restore data.image_size and data.pack, or use --override to continue",
        run.height, run.width, now.height, now.width);
}

}  // namespace lockstep
