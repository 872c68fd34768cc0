#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "checkpoint/snapshot.h"
#include "sharding/feed/cursor.h"
#include "trainer/early_stopping.h"
#include "trainer/guard/loss_mean.h"
#include "trainer/guard/skip.h"
#include "trainer/lane/input_spec.h"
#include "trainer/plan.h"
#include "trainer/schedule/lr_schedule.h"
#include "trainer/task/task_spec.h"
#include "trainer/task/task_sums.h"

namespace lockstep {

/// Everything a run is, besides its tensors: state.json of a checkpoint. With the tensors it
/// decides all that follows.
struct TrainingState {
  InputSpec input;
  TaskSpec task;
  std::int64_t step = 0;  ///< done so far
  Cursor cursor;          ///< of the next step
  int lanes = 0;
  LrSchedule schedule;
  EarlyStopping early_stopping;
  std::int64_t averaged_epochs = 0;  ///< that the average of the weights has taken in
  int phase = 0;                     ///< of fine-tuning: what is trained
  std::int64_t phase_step = 0;       ///< at which it began, and with it the optimizer
  bool of_features = false;          ///< trained on a pack of features: the head alone
  std::vector<Skip> skips;           ///< samples left out after bad steps, so far
  std::int64_t course_begin = 0;     ///< the step at which config and lanes last changed
  LossMean loss_mean;                ///< where spikes are looked for
  double last_rate = 0;              ///< of the last step
  std::int64_t evaluated_epochs =
      0;  ///< one less than cursor.epoch where a stop came before or during an evaluation
  TaskSums epoch_sums;   ///< training, since the epoch began
  TaskSums window_sums;  ///< training, since the last logged step
  std::optional<BestCheckpoint> best;
  std::string weights;  ///< hash of what the run's parameters were taken from; empty: drawn
  std::vector<nlohmann::json> history;  ///< a metrics line of each epoch done

  /// The step at which the epoch began that is not evaluated yet.
  std::int64_t epoch_begin() const;
  /// Whether nothing is left to do after an epoch before the last.
  bool has_ended_early(const EarlyStoppingOptions& options) const;
};

/// A run at its beginning.
TrainingState begin_state(const TrainingPlan& plan, const InputSpec& input, const TaskSpec& task);

/// The run that `saved` was, going on with `plan` and `input`; its task stays. Another number of
/// lanes, or another config, takes effect here.
TrainingState continue_state(TrainingState saved, const TrainingPlan& plan, const InputSpec& input);

nlohmann::json to_json(const TrainingState& state);
/// Throws Error(storage) that names the field where one is missing, of another type, out of range,
/// or contradicts another.
TrainingState training_state_from_json(const nlohmann::json& json);

/// The state that `checkpoint` holds. Throws Error(storage) as above, and where it is not that of
/// its manifest.
TrainingState read_training_state(const LoadedCheckpoint& checkpoint);
/// The same, for those who load a checkpoint to use it later: a CheckpointCheck.
void check_training_state(const LoadedCheckpoint& checkpoint);

/// The state as a checkpoint stores it. Throws Error(internal) where it could not be read again,
/// such as one whose sums are not finite.
nlohmann::json state_to_commit(const TrainingState& state);

}  // namespace lockstep
