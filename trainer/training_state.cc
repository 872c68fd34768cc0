#include "trainer/training_state.h"

#include "core/error.h"

namespace lockstep {
namespace {

nlohmann::json to_json(const LrSchedule& schedule) {
  return {{"name", schedule.kind == ScheduleKind::cosine ? "cosine" : "constant"},
          {"target_rate", schedule.target_rate},
          {"epochs", schedule.epochs},
          {"warmup_epochs", schedule.warmup_epochs},
          {"warmup_begin", schedule.warmup_begin},
          {"warmup_rate", schedule.warmup_rate}};
}

LrSchedule schedule_from_json(const nlohmann::json& json) {
  const auto name = json.at("name").get<std::string>();
  check(name == "cosine" || name == "constant", ExitCode::storage, "unknown schedule '{}'", name);
  return {.kind = name == "cosine" ? ScheduleKind::cosine : ScheduleKind::constant,
          .target_rate = json.at("target_rate"),
          .epochs = json.at("epochs"),
          .warmup_epochs = json.at("warmup_epochs"),
          .warmup_begin = json.at("warmup_begin"),
          .warmup_rate = json.at("warmup_rate")};
}

}  // namespace

TrainingState begin_state(const TrainingPlan& plan, const InputSpec& input) {
  TrainingState state;
  state.input = input;
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
      {"step", state.step},
      {"cursor", {{"epoch", state.cursor.epoch}, {"offset", state.cursor.offset}}},
      {"lanes", state.lanes},
      {"schedule", to_json(state.schedule)},
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
    json.at("step").get_to(state.step);
    json.at("cursor").at("epoch").get_to(state.cursor.epoch);
    json.at("cursor").at("offset").get_to(state.cursor.offset);
    json.at("lanes").get_to(state.lanes);
    state.schedule = schedule_from_json(json.at("schedule"));
    json.at("last_rate").get_to(state.last_rate);
    json.at("evaluated_epochs").get_to(state.evaluated_epochs);
    json.at("epoch_sums").get_to(state.epoch_sums);
    json.at("window_sums").get_to(state.window_sums);
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
