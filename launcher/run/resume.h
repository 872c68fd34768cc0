#pragma once

#include <optional>

#include <spdlog/logger.h>

#include "checkpoint/store.h"
#include "launcher/config/config.h"
#include "launcher/run/train_job.h"
#include "launcher/setup/run_directory.h"
#include "trainer/lane/input_spec.h"
#include "trainer/training_state.h"

namespace lockstep {

/// Where a job starts.
struct StartPoint {
  std::optional<LoadedCheckpoint> checkpoint;  ///< absent: at the beginning
  /// The checkpoint is not one of those in use by the run, but of another, or set aside.
  bool adopted = false;
};

/// Collective: where `job` starts, as its --resume says. Throws Error(usage) where --resume never
/// meets a run that has checkpoints, or
/// --resume PATH one that has others.
StartPoint load_for_resume(const TrainJob& job, const RunDirectory& run, CheckpointStore& store,
                           Communicator& communicator);

/// The same decision for --dry-run: nothing on disk is changed.
StartPoint peek_for_resume(const TrainJob& job, const RunDirectory& run);

/// The config that `job` begins with: its own, with --lanes.
Config config_for_start(const TrainJob& job);

/// The config that `job` runs with when it continues from `checkpoint`: what the run has stored
/// (lanes, the resolved precision, the image size) fills what is left open, and --lanes wins.
/// Throws Error(usage), with the differences, where it is another config than the run's and
/// --override was not given, or where `pack_fingerprint` is not the run's.
Config config_for_resume(const TrainJob& job, const LoadedCheckpoint& checkpoint,
                         const std::string& pack_fingerprint, spdlog::logger& log);

/// Whether `job` goes on from `checkpoint` with the config and the pack that it was made with.
bool continues_unchanged(const TrainJob& job, const LoadedCheckpoint& checkpoint,
                         const std::string& pack_fingerprint);

/// Throws Error(storage) unless the state of `checkpoint`, `saved`, is one that the plan of an
/// unchanged run leads to.
void check_continuation(const LoadedCheckpoint& checkpoint, const TrainingState& saved,
                        const TrainingPlan& plan);

/// Throws Error(storage) unless a model of `checkpoint` was fed as its own config and pack say.
void check_input(const LoadedCheckpoint& checkpoint, const InputSpec& saved,
                 const InputSpec& expected);

/// Throws Error(usage) where the model would be fed otherwise than it was (another image size or
/// other statistics), unless --override was given.
void check_input_for_resume(const TrainJob& job, const InputSpec& run, const InputSpec& now);

}  // namespace lockstep
