#include "launcher/run/resolved_run.h"

#include "launcher/run/resume.h"
#include "trainer/best_metric.h"
#include "trainer/lane/numerics.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

/// Where training begins: at the start, or where the checkpoint stopped.
TrainingState resolve_start(const TrainJob& job, const TrainingData& data, const InputSpec& input,
                            const TrainingPlan& plan,
                            const std::optional<LoadedCheckpoint>& checkpoint) {
  if (!checkpoint) return begin_state(plan, input, task_of_training(data.pack, *data.train));
  TrainingState saved = training_state_from_json(checkpoint->state);
  check_same_labels(saved.task, task_of_labels(data.pack), job.config.data.pack);
  check_input_for_resume(job, saved.input, input);
  // Metrics on other images are no measure for what was the best on these.
  if (checkpoint->manifest.pack_fingerprint != data.pack.fingerprint()) saved.best.reset();
  return continue_state(std::move(saved), plan, input);
}

}  // namespace

ResolvedRun resolve_run(const TrainJob& job, const TrainingData& data,
                        const std::optional<LoadedCheckpoint>& checkpoint, const RankDevice& device,
                        int ranks, spdlog::logger& log) {
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

  const InputSpec input = input_spec(config, data.pack, *data.train);
  run.start = resolve_start(job, data, input, run.plan, checkpoint);
  run.task = make_task(run.start.task);
  config.checkpoint.best = resolve_best_metric(config.checkpoint.best, *run.task);
  run.order = sample_order(config, *data.train);
  run.loader = loader_options(config, input, device.cores());
  run.loader.class_weights = class_weights(config, *data.train);
  return run;
}

}  // namespace lockstep
