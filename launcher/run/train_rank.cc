#include "launcher/run/train_rank.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/store.h"
#include "comm/communicator/gather_texts.h"
#include "comm/reduction/make_lane_reducer.h"
#include "core/file.h"
#include "launcher/rank/environment.h"
#include "launcher/rank/rank_device.h"
#include "launcher/run/data_setup.h"
#include "launcher/run/plan_report.h"
#include "launcher/run/resume.h"
#include "launcher/run/run_directory.h"
#include "launcher/run/train_observer.h"
#include "models/image_model.h"
#include "trainer/lane_runner.h"
#include "trainer/tensor_io.h"
#include "trainer/trainer.h"

namespace lockstep {
namespace {

struct Data {
  Pack pack;
  std::shared_ptr<const Dataset> train;
  std::shared_ptr<const Dataset> valid;  ///< nullptr: no evaluation
};

Data open_data(const DataOptions& options) {
  Pack pack = open_classification_pack(options.pack);
  auto train = limit_dataset(pack.split(options.train), options.limit);
  std::shared_ptr<const Dataset> valid;
  if (!options.valid.empty()) valid = pack.split(options.valid);
  return {std::move(pack), std::move(train), std::move(valid)};
}

/// The numbers that are printed before training begins; `start` is where it does.
TrainPlan describe(const Config& config, const TrainingPlan& plan, const TrainingState& start,
                   const Topology& topology) {
  const LrSchedule& schedule = start.schedule;
  TrainPlan report;
  report.run_dir = config.run.dir;
  report.model = config.model.name;
  report.ranks = topology.size;
  report.nodes = topology.nodes;
  report.lanes = plan.lanes;
  report.batch = plan.batch;
  report.precision = value_of(config, "train.precision");
  report.train_samples = static_cast<std::int64_t>(plan.samples);
  report.steps_per_epoch = plan.steps_per_epoch;
  report.epochs = config.train.epochs;
  report.first_step = start.step;
  report.last_step = start.step + static_cast<std::int64_t>(steps_until_epoch(
                                      start.cursor, static_cast<std::uint64_t>(config.train.epochs),
                                      plan.shape()));
  if (config.train.max_steps > 0)
    report.last_step = std::min(report.last_step, config.train.max_steps);
  report.lr = config.optimizer.lr;
  report.lr_batch = config.optimizer.lr_batch;
  report.lr_scaling = value_of(config, "optimizer.lr_scaling");
  report.scaled_lr = schedule.target_rate;
  report.warmup_from = schedule.warmup_rate;
  report.warmup_steps =
      std::llround(schedule.warmup_epochs * static_cast<double>(plan.steps_per_epoch));
  report.checkpoints_kept = config.checkpoint.keep == 0 ? 0 : config.checkpoint.keep + 1;
  report.free_disk_bytes = free_bytes(config.run.dir);
  return report;
}

void log_result(const Trainer& trainer, TrainOutcome outcome,
                const std::optional<CommittedCheckpoint>& checkpoint, spdlog::logger& log) {
  const TrainingState& state = trainer.state();
  std::string line =
      fmt::format("{} at step {}",
                  outcome == TrainOutcome::finished ? "done" : "stopped on request", state.step);
  if (state.best) {
    line += fmt::format("; best {} {:.4f} at step {}", state.best->metric, state.best->value,
                        state.best->step);
  }
  if (checkpoint) line += fmt::format("; state digest {}", checkpoint->state_digest);
  log.info(line);
}

}  // namespace

ExitCode run_train_rank(const TrainJob& job, RankContext& context) {
  spdlog::logger& log = *context.log;
  const bool root = context.communicator.rank() == 0;
  const RunDirectory run(job.config.run.dir);
  std::optional<FileLock> lock;
  if (!job.dry_run) {
    if (root) lock = run.lock();
    context.communicator.barrier();  // from here on the directory is this job's
    add_rank_log(log, run, context.communicator.rank());
  }

  const int threads = std::max(job.config.train.threads, 1);
  make_deterministic(threads);
  context.phase = "opening the device";
  const RankDevice device(job.config.train.device, context.communicator);
  Communicator& communicator = device.communicator();

  context.phase = "opening the pack";
  const Data data = open_data(job.config.data);

  context.phase = "looking for a checkpoint";
  std::optional<CheckpointStore> store;
  std::optional<LoadedCheckpoint> checkpoint;
  if (job.dry_run) {
    checkpoint = peek_for_resume(job, run);
  } else {
    store.emplace(run.checkpoints(), communicator, log,
                  CheckpointStoreOptions{.keep = job.config.checkpoint.keep});
    checkpoint = load_for_resume(job, run, *store);
  }
  Config config =
      checkpoint ? config_for_resume(job, *checkpoint, data.pack.fingerprint(), log) : job.config;
  if (!checkpoint && job.lanes > 0) config.train.lanes = job.lanes;
  config.train.precision =
      resolve_precision(config.train.precision, device.device(), device.has_bf16());
  const bool lanes_chosen = config.train.lanes == 0;
  const TrainingPlan plan = make_plan(config.train, config.optimizer, config.schedule,
                                      data.train->size(), communicator.size());
  config.train.lanes = plan.lanes;

  const InputSpec input = input_spec(config, data.pack, *data.train);
  TrainingState start = begin_state(plan, input);
  if (checkpoint) {
    TrainingState saved = training_state_from_json(checkpoint->state);
    check_input_for_resume(job, saved.input, input);
    start = continue_state(std::move(saved), plan, input);
  }

  context.phase = "reading the labels";
  const std::shared_ptr<const SampleOrder> order = sample_order(config, *data.train);
  BatchLoaderOptions loader = loader_options(config, input);
  loader.class_weights = class_weights(config, *data.train);

  context.phase = "building the model";
  FlatModel model(make_model(config.model, model_shape(input), config.run.seed), device.device());
  const std::unique_ptr<Optimizer> optimizer = make_optimizer(config.optimizer, model.parameters());
  const std::unique_ptr<LaneReducer> reducer = make_lane_reducer(
      communicator,
      {.kind = config.train.reduction, .lanes = plan.lanes, .elements = model.lane_elements()});

  TrainPlan report = describe(config, plan, start, communicator.topology());
  report.parameters = model.parameter_count();
  report.devices = gather_texts(communicator, device.name());
  report.lanes_chosen = lanes_chosen;
  report.reduction = reducer->description();
  report.valid_samples = data.valid ? static_cast<std::int64_t>(data.valid->size()) : 0;
  const BatchLoaderOptions feed = options_for(loader, device.device());
  report.feed_workers = feed.workers;
  report.feed_batches = static_cast<int>(batches_held(feed));
  report.feed_bytes = image_bytes_held(feed, plan.batch);
  report.checkpoint_bytes = checkpoint_bytes(model, optimizer->state().size());
  if (root) log.info("the plan:\n{}", to_text(report));
  if (job.dry_run) return ExitCode::ok;

  const nlohmann::json environment = describe_environment(device.name(), threads);
  if (checkpoint) {
    log.info("continuing from {} (step {})", checkpoint->directory.string(), start.step);
    const std::string changes = environment_changes(checkpoint->manifest.environment, environment);
    if (!changes.empty())
      log.warn("the environment differs from the checkpoint's, so bits may too: {}", changes);
    restore_model(*checkpoint, model);
    restore_optimizer(*checkpoint, model, start.step, *optimizer);
    checkpoint.reset();  // its memory
  }
  // From here on the run directory changes: whatever could be wrong with the job has been found.
  Config stored = config;
  stored.train.max_steps = 0;  // of this attempt, not of the run
  std::optional<MetricsFile> metrics;
  if (job.resume == Resume::from_path) store->supersede_later(start.step);
  if (root) {
    run.save_config(stored);
    metrics.emplace(run.metrics_file(), MetricsPosition{start.step, start.evaluated_epochs});
  }
  RankTrainObserver observer(context, metrics ? &*metrics : nullptr, config.train.epochs,
                             report.last_step);
  Trainer trainer({.seed = config.run.seed,
                   .loader = loader,
                   .train = config.train,
                   .checkpoint = config.checkpoint,
                   .log = config.log},
                  plan, std::move(start),
                  {.communicator = communicator,
                   .model = model,
                   .optimizer = *optimizer,
                   .reducer = *reducer,
                   .checkpoints = *store,
                   .train = data.train,
                   .valid = data.valid,
                   .order = order,
                   .config = to_yaml(stored),
                   .pack_fingerprint = data.pack.fingerprint(),
                   .environment = environment},
                  observer);
  const TrainOutcome outcome = trainer.run();
  log_result(trainer, outcome, observer.last_checkpoint(), log);
  return outcome == TrainOutcome::finished ? ExitCode::ok : ExitCode::requeue;
}

}  // namespace lockstep
