#include "launcher/train_rank.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/store.h"
#include "core/file.h"
#include "launcher/data_setup.h"
#include "launcher/device.h"
#include "launcher/environment.h"
#include "launcher/plan_report.h"
#include "launcher/resume.h"
#include "launcher/run_directory.h"
#include "launcher/train_observer.h"
#include "models/image_model.h"
#include "trainer/lane_runner.h"
#include "trainer/tensor_io.h"
#include "trainer/trainer.h"

namespace lockstep {
namespace {

std::vector<std::string> gather_names(const std::string& mine, Communicator& communicator) {
  using Name = std::array<char, 96>;
  Name name = {};
  std::copy_n(mine.data(), std::min(mine.size(), name.size() - 1), name.data());
  std::vector<Name> all(static_cast<std::size_t>(communicator.size()));
  communicator.all_gather(std::as_bytes(std::span(name)), std::as_writable_bytes(std::span(all)));
  std::vector<std::string> names;
  for (const Name& one : all) names.emplace_back(one.data());
  return names;
}

/// Where this attempt ends: the end of the epochs, or max_steps.
std::int64_t last_step(const Config& config, const TrainingPlan& plan, std::int64_t first_step) {
  const std::int64_t total = std::max(plan.total_steps, first_step);
  return config.train.max_steps > 0 ? std::min(total, config.train.max_steps) : total;
}

TrainPlan describe(const Config& config, const TrainingPlan& plan,
                   const Communicator& communicator) {
  TrainPlan report;
  report.run_dir = config.run.dir;
  report.ranks = communicator.size();
  report.nodes = communicator.topology().nodes;
  report.lanes = plan.lanes;
  report.batch = plan.batch;
  report.precision = value_of(config, "train.precision");
  report.train_samples = static_cast<std::int64_t>(plan.samples);
  report.steps_per_epoch = plan.steps_per_epoch;
  report.epochs = config.train.epochs;
  report.lr = config.optimizer.lr;
  report.lr_batch = config.optimizer.lr_batch;
  report.lr_scaling = value_of(config, "optimizer.lr_scaling");
  report.scaled_lr = plan.schedule.target_rate;
  report.warmup_from = plan.schedule.warmup_rate;
  report.warmup_steps =
      std::llround(config.schedule.warmup_epochs * static_cast<double>(plan.steps_per_epoch));
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
  const Pack pack = open_classification_pack(job.config.data.pack);
  const std::shared_ptr<const Dataset> train =
      limit_dataset(pack.split(job.config.data.train), job.config.data.limit);
  const std::shared_ptr<const Dataset> valid =
      job.config.data.valid.empty() ? nullptr : pack.split(job.config.data.valid);

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
      checkpoint ? config_for_resume(job, *checkpoint, pack.fingerprint(), log) : job.config;
  if (!checkpoint && job.lanes > 0) config.train.lanes = job.lanes;
  config.train.precision =
      resolve_precision(config.train.precision, device.device(), device.has_bf16());
  const bool lanes_chosen = config.train.lanes == 0;
  const TrainingPlan plan = make_plan(config.train, config.optimizer, config.schedule,
                                      train->size(), communicator.size());
  config.train.lanes = plan.lanes;

  context.phase = "building the model";
  const InputSpec input = input_spec(config, pack, *train);
  FlatModel model(make_model(config.model, model_shape(input), config.run.seed), device.device());
  const std::unique_ptr<Optimizer> optimizer = make_optimizer(config.optimizer, model.parameters());
  const std::unique_ptr<LaneReducer> reducer = make_lane_reducer(
      communicator,
      {.kind = config.train.reduction, .lanes = plan.lanes, .elements = model.lane_elements()});
  const std::int64_t first_step = checkpoint ? checkpoint->manifest.step : 0;

  TrainPlan report = describe(config, plan, communicator);
  report.parameters = model.parameter_count();
  report.model = config.model.name;
  report.devices = gather_names(device.name(), communicator);
  report.lanes_chosen = lanes_chosen;
  report.reduction = reducer->description();
  report.valid_samples = valid ? static_cast<std::int64_t>(valid->size()) : 0;
  report.first_step = first_step;
  report.last_step = last_step(config, plan, first_step);
  report.checkpoint_bytes = checkpoint_bytes(model, optimizer->state().size());
  if (root) log.info("the plan:\n{}", to_text(report));
  if (job.dry_run) return ExitCode::ok;

  Config stored = config;
  stored.train.max_steps = 0;  // of this attempt, not of the run
  const nlohmann::json environment = describe_environment(device.name(), threads);
  std::optional<MetricsFile> metrics;
  if (job.resume == Resume::from_path) store->supersede_later(first_step);
  if (root) {
    run.save_config(stored);
    metrics.emplace(run.metrics_file(), static_cast<std::uint64_t>(first_step));
  }
  RankTrainObserver observer(context, metrics ? &*metrics : nullptr, config.train.epochs,
                             report.last_step);
  Trainer trainer({.seed = config.run.seed,
                   .input = input,
                   .loader = loader_options(config, input),
                   .train = config.train,
                   .checkpoint = config.checkpoint,
                   .log = config.log},
                  plan,
                  {.communicator = communicator,
                   .model = model,
                   .optimizer = *optimizer,
                   .reducer = *reducer,
                   .checkpoints = *store,
                   .train = train,
                   .valid = valid,
                   .config = to_yaml(stored),
                   .pack_fingerprint = pack.fingerprint(),
                   .environment = environment},
                  observer, log);
  if (checkpoint) {
    log.info("continuing from {} (step {})", checkpoint->directory.string(), first_step);
    const std::string changes = environment_changes(checkpoint->manifest.environment, environment);
    if (!changes.empty())
      log.warn("the environment differs from the checkpoint's, so bits may too: {}", changes);
    trainer.restore(*checkpoint, config.optimizer);
    checkpoint.reset();
  }
  const TrainOutcome outcome = trainer.run();
  log_result(trainer, outcome, observer.last_checkpoint(), log);
  return outcome == TrainOutcome::finished ? ExitCode::ok : ExitCode::requeue;
}

}  // namespace lockstep
