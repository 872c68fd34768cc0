#include "launcher/run/train_rank.h"

#include <algorithm>
#include <optional>
#include <string>

#include "checkpoint/store.h"
#include "comm/communicator/gather_texts.h"
#include "comm/reduction/make_lane_reducer.h"
#include "core/file.h"
#include "launcher/config/config_yaml.h"
#include "launcher/rank/environment.h"
#include "launcher/rank/rank_device.h"
#include "launcher/report/bytes_text.h"
#include "launcher/run/data_setup.h"
#include "launcher/run/initial_weights.h"
#include "launcher/run/plan_report.h"
#include "launcher/run/resolved_run.h"
#include "launcher/run/resume.h"
#include "launcher/run/run_directory.h"
#include "launcher/run/train_observer.h"
#include "models/make_model.h"
#include "trainer/lane/numerics.h"
#include "trainer/made_up_batch.h"
#include "trainer/optimizer/make_optimizer.h"
#include "trainer/tensor_io.h"
#include "trainer/trainer.h"

namespace lockstep {
namespace {

/// What a run computes with.
struct Machine {
  Machine(const ResolvedRun& run, const RankDevice& device, Communicator& communicator)
      : model(make_model(run.config.model, model_shape(run.start.input, run.start.task),
                         run.config.run.seed),
              device.device(), run.task->tail().elements()),
        optimizer(
            make_optimizer(run.config.optimizer, {model.parameters(), model.parameter_layout()})),
        reducer(make_lane_reducer(communicator,
                                  {.kind = run.config.train.reduction,
                                   .lanes = run.plan.lanes,
                                   .elements = model.lane_elements()},
                                  device.connect(communicator, run.config.train.stall_timeout_s))) {
  }

  /// Of the model as it is now, where the run keeps one.
  void begin_average(const EmaOptions& options) {
    if (options.is_on()) average = std::make_unique<WeightAverage>(options, model);
  }

  FlatModel model;
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<WeightAverage> average;
  std::unique_ptr<LaneReducer> reducer;
};

/// Collective: every rank says what it computes on.
PlanFacts plan_facts(const ResolvedRun& run, const TrainingData& data, const RankDevice& device,
                     Machine& machine, Communicator& communicator) {
  return {.ranks = communicator.size(),
          .nodes = communicator.topology().nodes,
          .devices = gather_texts(communicator, device.name()),
          .parameters = machine.model.parameter_count(),
          .reduction = machine.reducer->description(),
          .valid_samples = data.valid ? static_cast<std::int64_t>(data.valid->size()) : 0,
          .several_sizes = has_several_sizes(*data.train),
          .feed = options_for(run.loader, device.device()),
          .checkpoint_bytes = checkpoint_bytes(machine.model, machine.optimizer->state().size(),
                                               run.config.ema.is_on()),
          .free_disk_bytes = free_bytes(run.config.run.dir)};
}

/// Where ema.decay changed, the average begins here, or ends.
void continue_average(const LoadedCheckpoint& checkpoint, const ResolvedRun& run, Machine& machine,
                      spdlog::logger& log) {
  const Config had = parse_config(checkpoint.manifest.config, "the run's config");
  check(has_average(checkpoint) == had.ema.is_on(), ExitCode::storage,
        "'{}' is damaged: its config has an ema.decay of {}, and its optimizer.safetensors {} "
        "average",
        checkpoint.directory, had.ema.decay, has_average(checkpoint) ? "an" : "no");
  machine.begin_average(run.config.ema);
  if (machine.average && had.ema.is_on()) {
    restore_average(checkpoint, machine.model, *machine.average);
  } else if (machine.average) {
    log.warn("ema: the average of the weights begins here, as the run had none");
  } else if (had.ema.is_on()) {
    log.warn("ema: the average of the weights ends here; checkpoints from now on have none");
  }
}

void restore(const LoadedCheckpoint& checkpoint, const nlohmann::json& environment,
             const ResolvedRun& run, Machine& machine, spdlog::logger& log) {
  const std::int64_t step = run.start.step;
  log.info(message("continuing from {} (step {})", checkpoint.directory, step));
  const std::string changes = environment_changes(checkpoint.manifest.environment, environment);
  if (!changes.empty()) {
    log.warn("the environment differs from the checkpoint's, so bits may too: {}",
             printable(changes));
  }
  restore_model(checkpoint, machine.model);
  restore_optimizer(checkpoint, machine.model, step, *machine.optimizer);
  continue_average(checkpoint, run, machine, log);
}

/// The machine as training finds it: that of the checkpoint, whose memory is given back, or a new
/// one.
void prepare(const TrainJob& job, std::optional<LoadedCheckpoint>& checkpoint,
             const nlohmann::json& environment, const ResolvedRun& run, Machine& machine,
             CheckpointStore& store, spdlog::logger& log) {
  if (!checkpoint) {
    machine.begin_average(run.config.ema);
    return;
  }
  restore(*checkpoint, environment, run, machine, log);
  if (job.resume == Resume::from_path) {
    store.supersede_others(checkpoint->directory, run.start.step);
  }
  checkpoint.reset();
}

/// A lane of made-up samples of each size: what the network, or the device's memory, cannot take is
/// told before a job waits for its turn in a queue. Collective.
void try_lanes(const ResolvedRun& run, const RankDevice& device, Machine& machine,
               RankContext& context) {
  const InputSpec& input = run.start.input;
  machine.begin_average(run.config.ema);  // for its memory
  StepRunner runner({.seed = run.config.run.seed, .precision = run.config.train.precision},
                    {.model = machine.model,
                     .task = *run.task,
                     .optimizer = *machine.optimizer,
                     .reducer = *machine.reducer});
  std::vector<InputSize> sizes = {{input.height, input.width}};
  for (const int side : run.config.train.image_size) sizes.push_back({side, side});
  for (const InputSize& size : sizes) {
    runner.try_lane(
        made_up_batch(input, size, run.start.task, run.config.train.batch, device.device()));
  }
  context.log->info(
      "a lane of made-up samples can be trained; the rank has taken {} of memory, "
      "without the batches of its feed",
      bytes_text(peak_memory(device.device())));
}

void log_result(const Trainer& trainer, TrainOutcome outcome,
                const std::optional<CommittedCheckpoint>& checkpoint, spdlog::logger& log) {
  const TrainingState& state = trainer.state();
  std::string line =
      fmt::format("{} at step {}",
                  outcome == TrainOutcome::finished ? "done" : "stopped on request", state.step);
  if (state.best) {
    line += fmt::format("; best {} {:.4g} at step {}", state.best->metric, state.best->value,
                        state.best->step);
  }
  if (checkpoint) line += fmt::format("; state digest {}", checkpoint->state_digest);
  log.info(printable(line));
}

/// Everything is decided and checked: from here on the run directory changes.
TrainOutcome train(const ResolvedRun& run, const RunDirectory& directory, const TrainingData& data,
                   const nlohmann::json& environment, const RankDevice& device, Machine& machine,
                   const std::optional<FileLock>& lock, CheckpointStore& store,
                   RankContext& context) {
  std::optional<MetricsFile> metrics;
  if (lock) {
    if (run.adopted) directory.begin_metrics(run.start.history);
    metrics.emplace(directory.metrics_file(),
                    MetricsPosition{run.start.step, run.start.evaluated_epochs},
                    [&] { directory.check_in_place(*lock); });
  }
  RankTrainObserver observer(context, metrics ? &*metrics : nullptr, run.config.train.epochs,
                             last_step(run));
  TrainOptions options = run.config.train;
  options.max_steps = run.max_steps;
  Trainer trainer({.seed = run.config.run.seed,
                   .loader = run.loader,
                   .train = options,
                   .checkpoint = run.config.checkpoint,
                   .log = run.config.log,
                   .steps_ahead = device.device().is_cpu() ? 0u : 1u},
                  run.plan, run.start,
                  {.communicator = context.communicator,
                   .step = {.model = machine.model,
                            .task = *run.task,
                            .optimizer = *machine.optimizer,
                            .reducer = *machine.reducer,
                            .after_update =
                                [&](std::int64_t steps) {
                                  if (machine.average) machine.average->update(steps);
                                }},
                   .average = machine.average.get(),
                   .checkpoints = &store,
                   .train = data.train,
                   .valid = data.valid,
                   .order = run.order,
                   .config = to_yaml(run.config),
                   .pack_fingerprint = data.pack.fingerprint(),
                   .environment = environment,
                   .failed_allocations = [&] { return failed_allocations(device.device()); }},
                  observer);
  if (run.commit_start) trainer.commit_start();
  if (lock) directory.save_config(run.config);  // that of the newest checkpoint
  const TrainOutcome outcome = trainer.run();
  log_result(trainer, outcome, observer.last_checkpoint(), *context.log);
  return outcome;
}

/// Collective: from here on the directory is this job's, for as long as rank 0 keeps the lock.
std::optional<FileLock> take_run_directory(const RunDirectory& directory, RankContext& context) {
  std::optional<FileLock> lock;
  if (context.communicator.rank() == 0) lock = directory.lock();
  context.communicator.barrier();
  add_rank_log(*context.log, directory, context.communicator.rank());
  return lock;
}

void warn_of_slow_precision(const ResolvedRun& run, const RankDevice& device, spdlog::logger& log) {
  const std::string slow =
      slow_precision(run.config.train.precision, device.device(), cpu_computes_in_bf16());
  if (slow.empty()) return;
  log.warn(
      "{}. A new run in fp32 needs train.precision=fp32; this one, if it has begun, --override as "
      "well, and its bits are then others",
      slow);
}

}  // namespace

ExitCode run_train_rank(const TrainJob& job, RankContext& context) {
  spdlog::logger& log = *context.log;
  const RunDirectory directory(job.config.run.dir);
  check_outside_packs(directory);
  std::optional<FileLock> lock;
  if (!job.dry_run) lock = take_run_directory(directory, context);

  const int threads = std::max(job.config.train.threads, 1);
  make_deterministic(threads);
  context.phase = "opening the device";
  const RankDevice device(job.config.train.device, context.communicator);

  context.phase = "opening the pack";
  const TrainingData data = open_training_data(job.config.data);

  context.phase = "looking for a checkpoint";
  std::optional<CheckpointStore> store;
  if (!job.dry_run) {
    store.emplace(directory.checkpoints(), context.communicator, log,
                  CheckpointStoreOptions{.keep = job.config.checkpoint.keep,
                                         .before_commit = [&] { directory.check_in_place(*lock); },
                                         .check = check_training_state});
  }
  StartPoint start = store ? load_for_resume(job, directory, *store, context.communicator)
                           : peek_for_resume(job, directory);
  std::optional<LoadedCheckpoint>& checkpoint = start.checkpoint;

  context.phase = "reading the weights";
  InitialWeights weights;
  if (!checkpoint) weights = read_initial_weights(job.config.model, context.communicator);

  context.phase = "making the plan";
  const ResolvedRun run =
      resolve_run(job, data, start, weights, device, context.communicator.size(), log);

  context.phase = "building the model";
  Machine machine(run, device, context.communicator);
  load_initial_weights(weights, run.config.model, missing_weights(run.config.model), machine.model,
                       context.communicator, log);
  weights.file.reset();  // its memory
  const PlanFacts facts = plan_facts(run, data, device, machine, context.communicator);
  if (context.communicator.rank() == 0) log.info("the plan:\n{}", plan_text(run, facts));
  warn_of_slow_precision(run, device, log);
  if (!store) {
    context.phase = "trying a lane";
    try_lanes(run, device, machine, context);
    return ExitCode::ok;
  }

  const nlohmann::json environment = describe_environment(device.name(), threads);
  prepare(job, checkpoint, environment, run, machine, *store, log);
  const TrainOutcome outcome =
      train(run, directory, data, environment, device, machine, lock, *store, context);
  return outcome == TrainOutcome::finished ? ExitCode::ok : ExitCode::requeue;
}

}  // namespace lockstep
