#include "trainer/training_state.h"

#include <memory>

#include "core/error.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

/// Sums have the shape that the task gives them, or are empty before the first step.
void check_sums(const TaskSums& sums, const TaskSpec& spec) {
  const std::unique_ptr<Task> task = make_task(spec);
  const bool begun = sums.count > 0;
  check(sums.reals.size() == (begun ? task->real_sums().size() : 0) &&
            sums.counts.size() == (begun ? task->count_sums().size() : 0),
        ExitCode::storage, "state.json of the checkpoint has other sums than its task, {}, adds up",
        name_of(spec.kind));
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
      {"history", state.history}};
  if (state.best) {
    json["best"] = {
        {"metric", state.best->metric}, {"value", state.best->value}, {"step", state.best->step}};
  }
  return json;
}

TrainingState training_state_from_json(const nlohmann::json& json) {
  try {
    TrainingState state;
    json.at("input").get_to(state.input);
    json.at("task").get_to(state.task);
    json.at("step").get_to(state.step);
    json.at("cursor").at("epoch").get_to(state.cursor.epoch);
    json.at("cursor").at("offset").get_to(state.cursor.offset);
    json.at("lanes").get_to(state.lanes);
    json.at("schedule").get_to(state.schedule);
    json.at("last_rate").get_to(state.last_rate);
    json.at("evaluated_epochs").get_to(state.evaluated_epochs);
    json.at("epoch_sums").get_to(state.epoch_sums);
    json.at("window_sums").get_to(state.window_sums);
    for (const TaskSums* sums : {&state.epoch_sums, &state.window_sums}) {
      check_sums(*sums, state.task);
    }
    if (const auto& best = json.at("best"); !best.is_null()) {
      state.best = BestCheckpoint{best.at("metric"), best.at("value"), best.at("step")};
    }
    json.at("history").get_to(state.history);
    return state;
  } catch (const nlohmann::json::exception& error) {
    fail(ExitCode::storage, "state.json of the checkpoint is not a training state: {}",
         error.what());
  }
}

}  // namespace lockstep
