#include "launcher/run/train_rank.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "checkpoint/store.h"
#include "comm/communicator/gather_texts.h"
#include "core/file.h"
#include "launcher/config/config_yaml.h"
#include "launcher/rank/environment.h"
#include "launcher/rank/failure_file.h"
#include "launcher/rank/heartbeat_board.h"
#include "launcher/rank/rank_device.h"
#include "launcher/report/bytes_text.h"
#include "launcher/report/inspect_grid.h"
#include "launcher/run/event_head.h"
#include "launcher/run/machine.h"
#include "launcher/run/plan_report.h"
#include "launcher/run/resolved_run.h"
#include "launcher/run/resume.h"
#include "launcher/run/run_metrics.h"
#include "launcher/run/run_result.h"
#include "launcher/run/train_observer.h"
#include "launcher/run/trainer_setup.h"
#include "launcher/setup/data_setup.h"
#include "launcher/setup/feature_setup.h"
#include "launcher/setup/initial_weights.h"
#include "launcher/setup/run_access.h"
#include "launcher/setup/run_directory.h"
#include "launcher/setup/staged_pack.h"
#include "launcher/status/stop_order.h"
#include "trainer/lane/numerics.h"
#include "trainer/step/made_up_batch.h"
#include "trainer/tensor_io.h"
#include "trainer/trainer.h"

namespace lockstep {
namespace {

/// What all phases of a run have in common.
struct Session {
  const RunDirectory& directory;
  const std::optional<FileLock>& lock;    ///< of rank 0
  std::optional<CheckpointStore>& store;  ///< absent: a dry run
  const RankDevice& device;
  const nlohmann::json& environment;
  std::chrono::steady_clock::time_point begin;
  std::vector<Skip>& skips;  ///< of the course that the run is on, as far as this job knows it
  RankContext& context;
};

std::vector<std::vector<std::string>> phases_of(const ResolvedRun& run, const Machine& machine) {
  std::vector<std::vector<std::string>> phases;
  for (std::size_t i = 0; i <= run.plan.schedule.unfreezes.size(); ++i) {
    phases.push_back(machine.trained_stages(run, static_cast<int>(i)));
  }
  return phases;
}

/// Collective: every rank says what it computes on.
PlanFacts plan_facts(const ResolvedRun& run, const TrainingData& data, const RankDevice& device,
                     Machine& machine, Communicator& communicator) {
  return {.ranks = communicator.size(),
          .nodes = communicator.topology().nodes,
          .devices = gather_texts(communicator, device.name()),
          .parameters = machine.model->parameter_count(),
          .frozen_parameters = machine.model->frozen_count(),
          .trained_stages = machine.trained_stages(run, run.start.phase),
          .phases = phases_of(run, machine),
          .reduction = machine.reducer->description(),
          .valid_samples = data.valid ? static_cast<std::int64_t>(data.valid->size()) : 0,
          .several_sizes = has_several_sizes(*data.train),
          .feature_views = data.pack.features() ? data.pack.features()->views : 0,
          .feed = options_for(run.loader, device.device()),
          .checkpoint_bytes = checkpoint_bytes(*machine.model, machine.optimizer->state().size(),
                                               run.config.average.is_on()),
          .free_disk_bytes = free_bytes(run.config.run.dir)};
}

/// The machine as training finds it: that of the checkpoint, whose memory is given back, or a new
/// one.
void prepare(const TrainJob& job, std::optional<LoadedCheckpoint>& checkpoint,
             const nlohmann::json& environment, const ResolvedRun& run, Machine& machine,
             CheckpointStore& store, spdlog::logger& log) {
  if (!checkpoint) {
    machine.begin_average(run.config.average);
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
  machine.begin_average(run.config.average);  // for its memory
  StepRunner runner({.seed = run.config.run.seed, .precision = run.config.train.precision},
                    machine.parts(run));
  std::vector<InputSize> sizes = {{input.height, input.width}};
  for (const int side : run.config.train.image_size) sizes.push_back({side, side});
  for (const InputSize& size : sizes) {
    runner.try_lane(made_up_batch(input, size, run.loader.features, run.start.task,
                                  run.config.train.batch, device.device()));
  }
  context.log->info(
      "a lane of made-up samples can be trained; the rank has taken {} of memory, "
      "without the batches of its feed",
      bytes_text(peak_memory(device.device())));
}

/// A step was bad: the run is where it was before, and takes another way from there. Collective.
void go_back(const Trainer& trainer, const Session& session) {
  session.skips = trainer.course();
  const Skip& skip = session.skips.back();
  session.context.log->warn("{}", printable(to_text(skip)));
  session.store->go_back(trainer.state().course_begin, skip.step);
}

/// From here on the run directory changes.
TrainOutcome train(const ResolvedRun& run, const TrainingData& data, Machine& machine,
                   const Session& session) {
  const auto& [directory, lock, store, device, environment, begin, skips, context] = session;
  std::optional<RunMetrics> metrics;
  if (lock) {
    if (run.adopted) directory.begin_metrics(run.start.history);
    metrics.emplace(directory,
                    MetricsPosition{run.start.step, run.start.evaluated_epochs,
                                    static_cast<std::int64_t>(run.start.skips.size())},
                    [&] { session.directory.check_in_place(*session.lock); });
    if (run.config.log.tensorboard) metrics->begin_events(event_head(run, data));
    for (const std::string& problem : metrics->problems()) context.log->warn(problem);
  }
  ObservedRun observed_run = observed(run, begin);
  if (lock) observed_run.directory = directory.path();
  RankTrainObserver observer(context, metrics ? &*metrics : nullptr, observed_run);
  TrainerOptions options = trainer_options(run, device);
  options.skips = session.skips;
  TrainerParts parts = trainer_parts(run, data, machine, device, context.communicator);
  parts.checkpoints = &*store;
  parts.config = to_yaml(run.config);
  parts.pack_fingerprint = data.pack.fingerprint();
  parts.environment = environment;
  Trainer trainer(options, run.plan, run.start, std::move(parts), observer);
  if (run.commit_start) trainer.commit_start();
  if (lock) directory.save_config(run.config);  // that of the newest checkpoint
  TrainOutcome outcome = trainer.run();
  if (outcome == TrainOutcome::paused) return outcome;
  if (outcome == TrainOutcome::rolled_back) {
    go_back(trainer, session);
    return outcome;
  }
  if (outcome == TrainOutcome::stopped && observer.time_was_over()) {
    outcome = TrainOutcome::finished;
  }
  log_result(run, trainer.state(), outcome, observer.last_checkpoint(), observer.stopped_by(),
             *context.log);
  if (outcome == TrainOutcome::finished) {
    log_diagnosis(run, data, trainer.state(), device, *machine.model, context);
  }
  return outcome;
}

/// How far a run may have to go back.
std::optional<std::int64_t> steps_to_undo(const RollbackOptions& options) {
  if (!options.is_on()) return std::nullopt;
  return options.steps;
}

/// Collective: from here on the directory is this job's, for as long as rank 0 keeps the lock.
std::optional<FileLock> take_run_directory(const RunDirectory& directory, const Config& config,
                                           RankContext& context) {
  const double stall_timeout = config.train.stall_timeout_s;
  std::optional<FileLock> lock;
  if (context.communicator.rank() == 0) make_parents(directory.path());
  restrict_access(config.run.access);
  if (context.communicator.rank() == 0) {
    lock = directory.lock();
    check_no_links(directory.path());
    clear_failure(directory.path());
    clear_stop_order(directory.path(), current_environment());
    if (stall_timeout > 0) HeartbeatBoard::reset(directory.path());
  }
  context.communicator.barrier();
  add_rank_log(*context.log, directory, context.communicator.rank());
  context.watch(directory.path(), stall_timeout);
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

/// From where the run stands to its end, or until other parameters are to be trained. Collective.
TrainOutcome train_phase(const TrainJob& job, TrainingData data, const Session& session) {
  const auto& [directory, lock, store, device, environment, begin, skips, context] = session;
  spdlog::logger& log = *context.log;
  context.phase = "looking for a checkpoint";
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
  load_initial_weights(weights, run.config.model, missing_weights(run.config.model), *machine.model,
                       context.communicator, log);
  weights.file.reset();  // its memory
  const PlanFacts facts = plan_facts(run, data, device, machine, context.communicator);
  if (context.communicator.rank() == 0) log.info("the plan:\n{}", plan_text(run, facts));
  warn_of_slow_precision(run, device, log);
  if (!store) {
    if (!job.plot.empty() && context.communicator.rank() == 0) {
      write_png(job.plot, draw_line_chart(schedule_picture(run)));
      log.info(message("wrote '{}'", job.plot));
    }
    if (!checkpoint) check_features(data.pack, run.config.model.name, machine.model->model());
    context.phase = "trying a lane";
    try_lanes(run, device, machine, context);
    return TrainOutcome::finished;
  }
  prepare(job, checkpoint, environment, run, machine, *store, log);
  check_features(data.pack, run.config.model.name, machine.model->model());
  return train(run, data, machine, session);
}

}  // namespace

ExitCode run_train_rank(const TrainJob& job, RankContext& context) {
  const auto begin = std::chrono::steady_clock::now();
  const RunDirectory directory(job.config.run.dir);
  check_outside_packs(directory);
  std::optional<FileLock> lock;
  if (!job.dry_run) lock = take_run_directory(directory, job.config, context);

  const int threads = std::max(job.config.train.threads, 1);
  make_deterministic(threads);
  context.phase = "opening the device";
  const RankDevice device(job.config.train.device, context.communicator);

  context.phase = "opening the pack";
  std::optional<StagedPack> staged;
  DataOptions data_options = job.config.data;
  if (!job.dry_run) {
    staged.emplace(job.config, context);
    data_options.pack = staged->directory();
  }
  const TrainingData data = open_training_data(data_options);

  context.phase = "looking for a checkpoint";
  std::optional<CheckpointStore> store;
  if (!job.dry_run) {
    store.emplace(directory.checkpoints(), context.communicator, *context.log,
                  CheckpointStoreOptions{.keep = job.config.checkpoint.keep,
                                         .rollback = steps_to_undo(job.config.rollback),
                                         .before_commit = [&] { directory.check_in_place(*lock); },
                                         .check = check_training_state});
  }
  const nlohmann::json environment = describe_environment(device.name(), threads);
  std::vector<Skip> skips;
  const Session session{directory, lock, store, device, environment, begin, skips, context};
  TrainJob phase_job = job;
  for (;;) {
    const TrainOutcome outcome = train_phase(phase_job, data, session);
    if (outcome == TrainOutcome::finished) return ExitCode::ok;
    if (outcome == TrainOutcome::stopped) return ExitCode::requeue;
    if (outcome == TrainOutcome::paused) {
      context.log->info(
          "other parameters are trained from here on: the run goes on as after a restart");
    }
    phase_job.resume = Resume::automatic;
  }
}

}  // namespace lockstep
