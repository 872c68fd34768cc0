#include "launcher/run/run_result.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "analysis/figure_text.h"
#include "core/error.h"
#include "launcher/report/diagnosis.h"
#include "trainer/pass/evaluation.h"

namespace lockstep {
namespace {

/// A number of an epoch's line; std::nullopt where it has none.
std::optional<double> number_in(const nlohmann::json& line, const std::string& key) {
  const auto found = line.find(key);
  if (found == line.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

Trend trend_in(const std::vector<nlohmann::json>& epochs, const std::string& key) {
  std::vector<double> values;
  for (const nlohmann::json& line : epochs) {
    if (line.contains(key)) values.push_back(number_in(line, key).value_or(std::nan("")));
  }
  return trend_of(values);
}

/// Whether the network has learned the batches of train.overfit_batches by heart.
std::string overfit_text(const ResolvedRun& run, const TrainingState& state) {
  constexpr double kNearNothing = 0.05;
  const std::optional<double> first = number_in(state.history.front(), "train/loss");
  const std::optional<double> last = number_in(state.history.back(), "train/loss");
  if (!first || !last) return "overfit: the loss is not a number";
  const double begin = run.task->uninformed_loss().value_or(*first);
  return fmt::format(
      "overfit: the loss of {} samples went from {:.4g} in the first epoch to {:.4g} in the last: "
      "{}",
      run.plan.samples, *first, *last,
      *last <= kNearNothing * begin
          ? "the network can learn them by heart, as it should"
          : "the network has not learned them by heart. Give it more epochs; if the loss stays, "
            "look at the rate, at the labels and at model.dropout, or take a larger network");
}

std::string ending(const ResolvedRun& run, const TrainingState& state, TrainOutcome outcome,
                   const std::string& stopped_by) {
  const EarlyStoppingOptions& options = run.config.early_stopping;
  if (outcome == TrainOutcome::stopped) {
    return stopped_by.empty() ? "stopped on request"
                              : fmt::format("stopped on request ({})", stopped_by);
  }
  if (!state.has_ended_early(options)) return "done";
  if (!state.early_stopping.is_over(options)) return "ended by schedule.stop_below";
  return fmt::format("stopped early (early_stopping.metric: {})", options.metric);
}

/// The main metric on the test split of the run's pack; std::nullopt where there is none.
std::optional<double> measure_test(const ResolvedRun& run, const TrainingData& data,
                                   const RankDevice& device, FlatModel& model,
                                   const std::string& metric, RankContext& context) {
  constexpr const char* kTest = "test";
  const DataOptions& options = run.config.data;
  const bool is_trained = std::ranges::find(options.train, kTest) != options.train.end();
  if (is_trained || options.valid == kTest || data.pack.manifest().find(kTest) == nullptr) {
    return std::nullopt;
  }
  context.phase = "evaluating the test split";
  const std::optional<Evaluation> result =
      evaluate(model.model(), *run.task, open_samples(data.pack, {kTest}, options.classes),
               {.loader = run.loader,
                .batch = run.config.train.batch,
                .precision = run.config.train.precision,
                .device = device.device()},
               context.communicator, {.progress = context.progress_of("test")});
  return find_metric(result.value().metrics, metric)->value;  // nothing asks it to stop
}

}  // namespace

void log_result(const ResolvedRun& run, const TrainingState& state, TrainOutcome outcome,
                const std::optional<CommittedCheckpoint>& checkpoint, const std::string& stopped_by,
                spdlog::logger& log) {
  std::string line =
      fmt::format("{} at step {}", ending(run, state, outcome, stopped_by), state.step);
  const std::uint64_t left = steps_until_epoch(
      state.cursor, static_cast<std::uint64_t>(run.config.train.epochs), run.plan.shape());
  if (left > 0) line += fmt::format(" of {}", state.step + static_cast<std::int64_t>(left));
  if (state.best) {
    line += fmt::format("; best {} {} at step {}", state.best->metric,
                        value_text(state.best->metric, state.best->value), state.best->step);
  }
  if (checkpoint) line += fmt::format("; state digest {}", checkpoint->state_digest);
  log.info(printable(line));
  const int last = run.config.average.last;
  if (last > 1 && outcome == TrainOutcome::finished &&
      state.averaged_epochs < run.config.train.epochs) {
    log.warn("average.last: the run ended after {} of {} epochs, so {} models were averaged",
             state.averaged_epochs, run.config.train.epochs,
             std::max<std::int64_t>(state.averaged_epochs - (run.config.train.epochs - last), 0));
  }
  if (run.config.train.overfit_batches > 0 && !state.history.empty()) {
    log.info(overfit_text(run, state));
  }
}

void log_diagnosis(const ResolvedRun& run, const TrainingData& data, const TrainingState& state,
                   const RankDevice& device, FlatModel& model, RankContext& context) {
  const Config& config = run.config;
  if ((!config.task.goal && config.log.train_eval == 0) || state.history.empty()) return;
  const std::string name = run.task->main_metric();
  std::vector<Metric> metrics = run.task->metrics();
  metrics.push_back(loss_metric());
  const nlohmann::json& last = state.history.back();
  const std::optional<double> evaluated = number_in(last, "train_eval/" + name);
  const std::optional<double> train = evaluated ? evaluated : number_in(last, "train/" + name);
  if (!train) return;
  const Outcome outcome{.metric = *std::ranges::find(metrics, name, &Metric::name),
                        .goal = config.task.goal,
                        .train = *train,
                        .train_is_evaluated = evaluated.has_value(),
                        .valid = number_in(last, "valid/" + name),
                        .test = measure_test(run, data, device, model, name, context),
                        .chance = chance_of(run.task->spec()),
                        .train_loss = trend_in(state.history, "train/loss"),
                        .valid_loss = trend_in(state.history, "valid/loss")};
  context.log->info(message("{}", OwnLines{diagnosis_text(outcome)}));
}

}  // namespace lockstep
