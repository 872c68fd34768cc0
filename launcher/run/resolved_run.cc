#include "launcher/run/resolved_run.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "core/suggest.h"
#include "launcher/config/config_yaml.h"
#include "launcher/setup/task_setup.h"
#include "trainer/best_metric.h"
#include "trainer/fine_tune.h"
#include "trainer/lane/numerics.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

/// Of features only the head can be trained.
FineTuneOptions fine_tune_of(const Config& config, bool of_features) {
  return of_features ? FineTuneOptions{.head_only = true} : config.fine_tune;
}

/// What is trained where `saved` goes on: another part of the network begins with another
/// optimizer.
void enter_phase(const FineTuneOptions& options, const FineTuneOptions& had, std::int64_t epochs,
                 TrainingState& saved) {
  const int phase = phase_of(phase_begins(options, epochs), saved.evaluated_epochs);
  if (phase == saved.phase && options == had) return;
  saved.phase = phase;
  saved.phase_step = saved.step;
}

/// Where training begins: at the start, or where the checkpoint stopped.
TrainingState resolve_start(const TrainJob& job, const TrainingData& data, const InputSpec& input,
                            const TrainingPlan& plan, const StartPoint& start) {
  const std::optional<LoadedCheckpoint>& checkpoint = start.checkpoint;
  if (!checkpoint) {
    return begin_state(plan, input, task_of_training(job.config.task, data.labels, *data.train));
  }
  TrainingState saved = read_training_state(*checkpoint);
  check_same_labels(saved.task, data.labels, job.config.data.pack);
  if (continues_unchanged(job, *checkpoint, data.pack.fingerprint())) {
    check_input(*checkpoint, saved.input, input);
    check_continuation(*checkpoint, saved, plan);
  }
  check_input_for_resume(job, saved.input, input);
  // Metrics on other images are no measure for what was the best on these.
  const Config run = parse_config(checkpoint->manifest.config, "the run's config");
  if (checkpoint->manifest.pack_fingerprint != data.pack.fingerprint() ||
      run.data.valid != job.config.data.valid) {
    saved.best.reset();
  }
  // Nor is a best that stays behind in another run.
  if (saved.best && saved.best->step != saved.step && start.adopted) saved.best.reset();
  enter_phase(fine_tune_of(job.config, data.pack.features().has_value()),
              fine_tune_of(run, saved.of_features), job.config.train.epochs, saved);
  saved.task = task_of_continuation(job.config.task, std::move(saved.task), *data.train);
  return continue_state(std::move(saved), plan, input);
}

/// Without a validation split nothing is measured by which one could be the best.
std::string resolve_best(const Config& config, const TrainingData& data, const Task& task,
                         const std::optional<LoadedCheckpoint>& checkpoint) {
  const std::string& wanted = config.checkpoint.best;
  const bool has_average = config.average.is_on();
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

/// A plateau, or an end, of what no epoch is measured by would never come.
void check_watched_metrics(const Config& config, const TrainingData& data, const Task& task) {
  const std::vector<std::string> known =
      epoch_metric_names(task, {.train_eval = config.log.train_eval > 0,
                                .valid = data.valid != nullptr,
                                .average = config.average.is_on()});
  const auto check_metric = [&](const char* key, const std::string& metric) {
    check(metric == "auto" || std::ranges::find(known, metric) != known.end(), ExitCode::usage,
          "{} is '{}', by which no epoch of this run is measured: set it to auto, or to one of "
          "{}{}",
          key, metric, fmt::join(known, ", "), did_you_mean(metric, known));
  };
  if (config.schedule.name == ScheduleKind::plateau) {
    check_metric("schedule.metric", config.schedule.metric);
  }
  if (config.early_stopping.is_on()) {
    check_metric("early_stopping.metric", config.early_stopping.metric);
  }
}

/// A goal that nobody can reach is a slip, such as percents.
void check_goal(const std::optional<double>& goal, const Task& task) {
  if (!goal) return;
  std::vector<Metric> metrics = task.metrics();
  metrics.push_back(loss_metric());
  const Metric& main = *std::ranges::find(metrics, task.main_metric(), &Metric::name);
  const bool is_fraction = main.format == Metric::Format::percent;
  check(*goal >= 0 && (!is_fraction || *goal <= 1), ExitCode::usage,
        "task.goal is {}, and {} is {}", *goal, main.title,
        is_fraction ? "a fraction: 0.95 is 95 %" : "not below 0");
}

void check_average(const AverageOptions& average, std::int64_t epochs) {
  check(average.decay == 0 || average.last == 0, ExitCode::usage,
        "ema.decay is {} and average.last is {}: a run keeps one average, so set one of them to 0",
        average.decay, average.last);
  check(average.last <= epochs, ExitCode::usage,
        "average.last is {}, and the run has train.epochs={}: average fewer", average.last, epochs);
}

/// Of train.overfit_batches: these samples alone, also for the validation, which then says what the
/// network knows of them without dropout and with BatchNorm's running statistics.
void limit_to_batches(const TrainOptions& train, int ranks, TrainingData& data) {
  if (train.overfit_batches == 0) return;
  const auto lanes = static_cast<std::uint64_t>(train.lanes > 0 ? train.lanes : ranks);
  const std::uint64_t samples = lanes * static_cast<std::uint64_t>(train.batch) *
                                static_cast<std::uint64_t>(train.overfit_batches);
  check(samples <= data.train->size(), ExitCode::usage,
        "train.overfit_batches is {}, which takes {} samples, and there are {}: ask for fewer",
        train.overfit_batches, samples, data.train->size());
  data.train = limit_dataset(data.train, samples);
  if (data.valid) data.valid = data.train;
}

}  // namespace

ResolvedRun resolve_run(const TrainJob& job, TrainingData& data, const StartPoint& start,
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
  check_average(config.average, config.train.epochs);
  limit_to_batches(config.train, ranks, data);
  if (config.log.train_eval > 0) {
    data.train_eval = limit_dataset(data.train, static_cast<std::uint64_t>(config.log.train_eval));
  }
  run.fine_tune = fine_tune_of(config, data.pack.features().has_value());
  run.plan = make_plan(config.train, config.optimizer, config.schedule, data.train->size(), ranks,
                       run.fine_tune);
  config.train.lanes = run.plan.lanes;

  run.input_from = take_input(weights, config);
  const InputSpec input = input_spec(config, data.pack, *data.train);
  run.start = resolve_start(job, data, input, run.plan, start);
  run.start.of_features = data.pack.features().has_value();
  run.adopted = start.adopted;
  // A run that may go back has a checkpoint to go back to from its beginning on.
  run.commit_start =
      checkpoint ? start.adopted || run.plan.lanes != read_training_state(*checkpoint).lanes ||
                       !continues_unchanged(job, *checkpoint, data.pack.fingerprint())
                 : config.rollback.is_on();
  if (!checkpoint) run.start.weights = weights.hash;
  run.task = make_task(run.start.task);
  check_goal(config.task.goal, *run.task);
  check_watched_metrics(config, data, *run.task);
  config.checkpoint.best = resolve_best(config, data, *run.task, checkpoint);
  run.order = sample_order(config, *data.train);
  run.loader = loader_options(config, input, device.cores());
  run.loader.features = data.pack.manifest().features_of_sample();
  run.loader.class_weights = class_weights(config, *data.train);
  return run;
}

}  // namespace lockstep
