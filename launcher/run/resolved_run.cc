#include "launcher/run/resolved_run.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "core/suggest.h"
#include "launcher/config/config_yaml.h"
#include "trainer/best_metric.h"
#include "trainer/lane/numerics.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

/// Where training begins: at the start, or where the checkpoint stopped.
TrainingState resolve_start(const TrainJob& job, const TrainingData& data, const InputSpec& input,
                            const TrainingPlan& plan, const StartPoint& start) {
  const std::optional<LoadedCheckpoint>& checkpoint = start.checkpoint;
  if (!checkpoint) return begin_state(plan, input, task_of_training(data));
  TrainingState saved = read_training_state(*checkpoint);
  check_same_labels(saved.task, data.labels, job.config.data.pack);
  if (continues_unchanged(job, *checkpoint, data.pack.fingerprint())) {
    check_input(*checkpoint, saved.input, input);
    check_continuation(*checkpoint, saved, plan);
  }
  check_input_for_resume(job, saved.input, input);
  // Metrics on other images are no measure for what was the best on these.
  const std::string valid =
      parse_config(checkpoint->manifest.config, "the run's config").data.valid;
  if (checkpoint->manifest.pack_fingerprint != data.pack.fingerprint() ||
      valid != job.config.data.valid) {
    saved.best.reset();
  }
  // Nor is a best that stays behind in another run.
  if (saved.best && saved.best->step != saved.step && start.adopted) saved.best.reset();
  return continue_state(std::move(saved), plan, input);
}

/// Without a validation split nothing is measured by which one could be the best.
std::string resolve_best(const Config& config, const TrainingData& data, const Task& task,
                         const std::optional<LoadedCheckpoint>& checkpoint) {
  const std::string& wanted = config.checkpoint.best;
  const bool has_average = config.ema.is_on();
  const auto stored = [&] {  // older runs resolved `auto` all the same
    return checkpoint &&
           parse_config(checkpoint->manifest.config, "the run's config").checkpoint.best == wanted;
  };
  if (data.valid) {
    const bool left_over = wanted.starts_with("valid_ema/") && !has_average && stored();
    return resolve_best_metric(left_over ? "auto" : wanted, task, has_average);
  }
  check(wanted == "auto" || stored(), ExitCode::usage,
        "checkpoint.best is '{}', but data.valid is empty, so no epoch is evaluated: name the "
        "validation split with data.valid, or remove checkpoint.best",
        wanted);
  return "auto";
}

/// A plateau of what no epoch is measured by would never come.
void check_schedule_metric(const Config& config, const TrainingData& data, const Task& task) {
  const ScheduleOptions& schedule = config.schedule;
  if (schedule.name != ScheduleKind::plateau || schedule.metric == "auto") return;
  const std::vector<std::string> known =
      epoch_metric_names(task, data.valid != nullptr, config.ema.is_on());
  check(std::ranges::find(known, schedule.metric) != known.end(), ExitCode::usage,
        "schedule.metric is '{}', by which no epoch of this run is measured: set it to auto, or "
        "to one of {}{}",
        schedule.metric, fmt::join(known, ", "), did_you_mean(schedule.metric, known));
}

/// Fills in the mean and std that the config leaves open, where `weights` have some. Returns where
/// those come from that are used.
std::string take_input(const InitialWeights& weights, Config& config) {
  if (!config.data.mean.empty()) return "data.mean, data.std";
  if (!weights.input) return "the pack's";
  config.data.mean = weights.input->mean;
  config.data.std = weights.input->std;
  return fmt::format("those of model.weights, {}, at {}x{} pixels", weights.input->known_from,
                     weights.input->side, weights.input->side);
}

}  // namespace

ResolvedRun resolve_run(const TrainJob& job, const TrainingData& data, const StartPoint& start,
                        const InitialWeights& weights, const RankDevice& device, int ranks,
                        spdlog::logger& log) {
  const std::optional<LoadedCheckpoint>& checkpoint = start.checkpoint;
  ResolvedRun run;
  Config& config = run.config;
  config = checkpoint ? config_for_resume(job, *checkpoint, data.pack.fingerprint(), log)
                      : config_for_start(job);
  run.max_steps = std::exchange(config.train.max_steps, 0);
  config.train.precision =
      resolve_precision(config.train.precision, device.device(), device.has_bf16());
  run.lanes_chosen = config.train.lanes == 0;
  run.plan = make_plan(config.train, config.optimizer, config.schedule, data.train->size(), ranks);
  config.train.lanes = run.plan.lanes;

  run.input_from = take_input(weights, config);
  const InputSpec input = input_spec(config, data.pack, *data.train);
  run.start = resolve_start(job, data, input, run.plan, start);
  run.adopted = start.adopted;
  run.commit_start =
      checkpoint && (start.adopted || run.plan.lanes != read_training_state(*checkpoint).lanes ||
                     !continues_unchanged(job, *checkpoint, data.pack.fingerprint()));
  if (!checkpoint) run.start.weights = weights.hash;
  run.task = make_task(run.start.task);
  check_schedule_metric(config, data, *run.task);
  config.checkpoint.best = resolve_best(config, data, *run.task, checkpoint);
  run.order = sample_order(config, *data.train);
  run.loader = loader_options(config, input, device.cores());
  run.loader.class_weights = class_weights(config, *data.train);
  return run;
}

}  // namespace lockstep
