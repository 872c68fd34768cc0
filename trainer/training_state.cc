#include "trainer/training_state.h"

#include <memory>

#include "core/error.h"
#include "core/json_fields.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

/// Sums have the shape that the task gives them, or are empty before the first step.
void check_sums(const TaskSums& sums, const TaskSpec& spec) {
  const SumShape own = sums.count > 0 ? make_task(spec)->own_sums() : SumShape{};
  check(sums.reals.size() == own.reals && sums.counts.size() == own.counts, ExitCode::storage,
        "its sums are not those that its task, {}, adds up", name_of(spec.kind));
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
    const JsonFields<nlohmann::json> fields(json, ExitCode::storage);
    TrainingState state;
    state.input = read_input_spec(fields.object("input"));
    state.task = read_task_spec(fields.object("task"));
    state.step = fields.integer<std::int64_t>("step", 0);
    const auto cursor = fields.object("cursor");
    state.cursor = {cursor.integer<std::uint64_t>("epoch"),
                    cursor.integer<std::uint64_t>("offset")};
    state.lanes = fields.integer<int>("lanes", 1);
    state.schedule = read_schedule(fields.object("schedule"));
    state.last_rate = fields.number("last_rate");
    state.evaluated_epochs = fields.integer<std::int64_t>("evaluated_epochs", 0);
    state.epoch_sums = read_task_sums(fields.object("epoch_sums"));
    state.window_sums = read_task_sums(fields.object("window_sums"));
    for (const TaskSums* sums : {&state.epoch_sums, &state.window_sums}) {
      check_sums(*sums, state.task);
    }
    if (!fields.at("best").is_null()) {
      const auto best = fields.object("best");
      state.best = BestCheckpoint{best.text("metric"), best.number("value"),
                                  best.integer<std::int64_t>("step", 0)};
    }
    fields.at("history").get_to(state.history);
    return state;
  } catch (const std::exception& error) {  // ours, or the JSON library's
    fail(ExitCode::storage, "state.json of the checkpoint is not a training state: {}",
         error.what());
  }
}

}  // namespace lockstep
