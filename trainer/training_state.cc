#include "trainer/training_state.h"

#include <memory>

#include "checkpoint/format.h"
#include "core/error.h"
#include "core/json_fields.h"
#include "core/json_parse.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

using Fields = JsonFields<nlohmann::json>;

constexpr int kMostLanes = 1 << 16;

/// Sums have the shape that the task gives them, or are empty before the first step.
void check_sums(const TaskSums& sums, const TaskSpec& spec) {
  const SumShape own = sums.count > 0 ? make_task(spec)->own_sums() : SumShape{};
  check(sums.reals.size() == own.reals && sums.counts.size() == own.counts, ExitCode::storage,
        "its sums are not those that its task, {}, adds up", name_of(spec.kind));
}

/// The lines of the epochs done: objects of numbers (null: not finite) and texts.
std::vector<nlohmann::json> read_history(const Fields& fields, std::int64_t step) {
  std::vector<nlohmann::json> history;
  std::int64_t least = 1;
  for (const Fields& line : fields.objects("history")) {
    least = line.integer<std::int64_t>("step", least, step);
    const auto epoch = static_cast<std::int64_t>(history.size()) + 1;
    (void)line.integer<std::int64_t>("epoch", epoch, epoch);
    for (const std::string& key : line.keys()) {
      const nlohmann::json& value = line.at(key);
      if (key == "kind") {
        (void)line.text(key);
      } else if (!value.is_null()) {
        (void)line.number(key);
      }
    }
    history.push_back(fields.at("history")[history.size()]);
  }
  return history;
}

/// What must agree within a state.
void check_agreement(const TrainingState& state) {
  const auto epoch = static_cast<std::int64_t>(state.cursor.epoch);
  const bool open = state.evaluated_epochs == epoch;
  check(open || (state.evaluated_epochs == epoch - 1 && state.cursor.offset == 0),
        ExitCode::storage,
        "'evaluated_epochs' is {}, which does not fit 'cursor' (epoch {}, offset {})",
        state.evaluated_epochs, epoch, state.cursor.offset);
  check(state.step >= epoch && (state.step == 0) == (epoch == 0 && state.cursor.offset == 0),
        ExitCode::storage, "'step' is {}, which does not fit 'cursor' (epoch {}, offset {})",
        state.step, epoch, state.cursor.offset);
  check(state.history.size() == static_cast<std::size_t>(state.evaluated_epochs), ExitCode::storage,
        "'history' has {} epochs where 'evaluated_epochs' is {}", state.history.size(),
        state.evaluated_epochs);
  const std::uint64_t skipped = samples_skipped(state.skips, state.cursor.epoch);
  check(
      !open || static_cast<std::uint64_t>(state.epoch_sums.count) + skipped == state.cursor.offset,
      ExitCode::storage, "'epoch_sums.count' is {} where 'cursor.offset' is {}{}",
      state.epoch_sums.count, state.cursor.offset,
      skipped > 0 ? fmt::format(" and {} samples were left out", skipped) : "");
}

}  // namespace

TrainingState begin_state(const TrainingPlan& plan, const InputSpec& input, const TaskSpec& task) {
  TrainingState state;
  state.input = input;
  state.task = task;
  state.lanes = plan.lanes;
  state.schedule = plan.schedule;
  return state;
}

TrainingState continue_state(TrainingState saved, const TrainingPlan& plan,
                             const InputSpec& input) {
  const double progress = epochs_done(saved.cursor, plan.shape());
  saved.schedule = continue_schedule(saved.schedule, plan.schedule, progress, saved.last_rate);
  saved.input = input;
  saved.lanes = plan.lanes;
  saved.cursor = advance(saved.cursor, 0, plan.shape());
  return saved;
}

std::int64_t TrainingState::epoch_begin() const {
  return history.empty() ? 0 : history.back().at("step").get<std::int64_t>();
}

bool TrainingState::has_ended_early(const EarlyStoppingOptions& options) const {
  const bool between_epochs = evaluated_epochs > 0 && cursor.offset == 0 &&
                              evaluated_epochs == static_cast<std::int64_t>(cursor.epoch);
  return between_epochs && (early_stopping.is_over(options) ||
                            schedule.is_over(static_cast<double>(evaluated_epochs)));
}

nlohmann::json to_json(const TrainingState& state) {
  nlohmann::json json = {
      {"input", state.input},
      {"task", state.task},
      {"step", state.step},
      {"cursor", {{"epoch", state.cursor.epoch}, {"offset", state.cursor.offset}}},
      {"lanes", state.lanes},
      {"schedule", state.schedule},
      {"last_rate", state.last_rate},
      {"evaluated_epochs", state.evaluated_epochs},
      {"epoch_sums", state.epoch_sums},
      {"window_sums", state.window_sums},
      {"best", nullptr},
      {"weights", state.weights},
      {"history", state.history}};
  if (state.early_stopping != EarlyStopping{}) json["early_stopping"] = state.early_stopping;
  if (state.averaged_epochs > 0) json["averaged_epochs"] = state.averaged_epochs;
  if (state.of_features) json["of_features"] = true;
  if (state.phase_step > 0) {
    json["phase"] = state.phase;
    json["phase_step"] = state.phase_step;
  }
  if (!state.skips.empty()) json["skips"] = state.skips;
  if (state.course_begin > 0) json["course_begin"] = state.course_begin;
  if (state.loss_mean.steps > 0) json["loss_mean"] = state.loss_mean;
  if (state.best) {
    json["best"] = {
        {"metric", state.best->metric}, {"value", state.best->value}, {"step", state.best->step}};
  }
  return json;
}

TrainingState training_state_from_json(const nlohmann::json& json) {
  try {
    const Fields fields(json, ExitCode::storage);
    TrainingState state;
    state.input = read_input_spec(fields.object("input"));
    state.task = read_task_spec(fields.object("task"));
    state.step = fields.integer<std::int64_t>("step", 0, kMostSteps);
    const auto cursor = fields.object("cursor");
    state.cursor = {cursor.integer<std::uint64_t>("epoch", 0, kMostEpochs),
                    cursor.integer<std::uint64_t>("offset", 0, kMostSteps)};
    state.lanes = fields.integer<int>("lanes", 1, kMostLanes);
    state.schedule = read_schedule(fields.object("schedule"));
    if (fields.has("early_stopping")) {
      state.early_stopping = read_early_stopping(fields.object("early_stopping"));
    }
    if (fields.has("averaged_epochs")) {
      state.averaged_epochs = fields.integer<std::int64_t>("averaged_epochs", 1, kMostEpochs);
    }
    state.of_features = fields.has("of_features") && fields.at("of_features") == true;
    if (fields.has("phase")) {
      state.phase = fields.integer<int>("phase", 0, kMostEpochs);
      state.phase_step = fields.integer<std::int64_t>("phase_step", 1, state.step);
    }
    if (fields.has("skips")) state.skips = read_skips(fields.objects("skips"), state.step);
    if (fields.has("course_begin")) {
      state.course_begin = fields.integer<std::int64_t>("course_begin", 1, state.step);
    }
    if (fields.has("loss_mean")) {
      state.loss_mean = read_loss_mean(fields.object("loss_mean"), state.step);
    }
    state.last_rate = fields.number("last_rate", {0, kMostRate});
    state.evaluated_epochs = fields.integer<std::int64_t>("evaluated_epochs", 0, kMostEpochs);
    state.epoch_sums = read_task_sums(fields.object("epoch_sums"));
    state.window_sums = read_task_sums(fields.object("window_sums"));
    for (const TaskSums* sums : {&state.epoch_sums, &state.window_sums}) {
      check_sums(*sums, state.task);
    }
    if (!fields.at("best").is_null()) {
      const auto best = fields.object("best");
      state.best = BestCheckpoint{best.text("metric"), best.number("value"),
                                  best.integer<std::int64_t>("step", 1, state.step)};
    }
    if (fields.has("weights")) state.weights = fields.text("weights");  // since version 0.2
    state.history = read_history(fields, state.step);
    check_agreement(state);
    return state;
  } catch (const Error& error) {
    fail(ExitCode::storage, "state.json of the checkpoint is not a training state: {}",
         error.what());
  }
}

TrainingState read_training_state(const LoadedCheckpoint& checkpoint) {
  TrainingState state = training_state_from_json(checkpoint.state);
  const Manifest& manifest = checkpoint.manifest;
  check(state.step == manifest.step, ExitCode::storage,
        "'{}': state.json has 'step' {}, and the manifest has {}", checkpoint.directory, state.step,
        manifest.step);
  check(state.best == manifest.best, ExitCode::storage,
        "'{}': 'best' in state.json is not that of the manifest", checkpoint.directory);
  return state;
}

void check_training_state(const LoadedCheckpoint& checkpoint) { read_training_state(checkpoint); }

nlohmann::json state_to_commit(const TrainingState& state) {
  nlohmann::json json = to_json(state);
  try {
    // What a reader will see: a number that is not finite becomes null on the way.
    training_state_from_json(parse_json<nlohmann::json>(json.dump(), ExitCode::storage));
  } catch (const Error& error) {
    fail(ExitCode::internal,
         "after step {} no run could continue from this state ({}), so no checkpoint was written. "
         "Where a sum is null, training has diverged: lower optimizer.lr or lengthen "
         "schedule.warmup_epochs; the checkpoints written so far are whole",
         state.step, error.what());
  }
  return json;
}

}  // namespace lockstep
