#include "launcher/use/prove_rank.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "checkpoint/agreement.h"
#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "checkpoint/selection.h"
#include "checkpoint/shared_load.h"
#include "checkpoint/state_digest.h"
#include "launcher/config/config_yaml.h"
#include "launcher/job/scratch_directory.h"
#include "launcher/rank/environment.h"
#include "launcher/report/json_text.h"
#include "launcher/run/trainer_setup.h"
#include "launcher/use/proof.h"
#include "trainer/guard/held_bits.h"
#include "trainer/lane/numerics.h"
#include "trainer/state_copy.h"

namespace lockstep {
namespace {

/// What is replayed, verified.
struct Ends {
  ProofRange range;
  StartPoint from;  ///< its checkpoint is absent where range.from is 0
  LoadedCheckpoint to;
};

/// Collective.
Ends load_ends(const ProveJob& job, Communicator& communicator) {
  std::optional<LoadedCheckpoint> from, to;
  ProofRange range;
  do_together(communicator, [&] {
    if (communicator.rank() != 0) return;
    check(classify_target(job.run) == TargetKind::run, ExitCode::usage,
          "prove takes a run, and '{}' is one checkpoint: name the run, and the step with --to",
          job.run);
    std::vector<std::int64_t> steps;
    const auto checkpoints = job.run / kCheckpointsDirectory;
    for (const CheckpointEntry& entry : list_checkpoints(checkpoints)) steps.push_back(entry.step);
    range = choose_proof_range(steps, job.from, job.to);
    const auto load = [&](std::int64_t step) {
      return load_checkpoint(checkpoints / checkpoint_directory_name(step), check_training_state);
    };
    if (range.from > 0) from = load(range.from);
    to = load(range.to);
  });
  communicator.broadcast(std::as_writable_bytes(std::span(&range, 1)), 0);
  std::optional<LoadedCheckpoint> shared = share_checkpoint(communicator, std::move(from));
  return {.range = range,
          .from = {.checkpoint = std::move(shared)},
          .to = *share_checkpoint(communicator, std::move(to))};
}

/// The run's own config; what the command line says beside may not decide the numbers.
Config config_of(const ProveJob& job, const Ends& ends) {
  const Config run = parse_config(ends.to.manifest.config, "the run's config");
  Config config = parse_config(ends.to.manifest.config, "the run's config", job.overrides);
  const std::vector<ConfigDifference> given = config_diff(run, config);
  check(given.empty(), ExitCode::usage,
        "a replay has the run's own config, and this is another:\n{}Leave that out",
        OwnLines{to_text(given)});
  check(run.train.reduction == ReductionKind::exact, ExitCode::usage,
        "the run has train.reduction=fast, which does not promise the same bits twice: there is "
        "nothing to prove");
  if (ends.from.checkpoint) {
    const LoadedCheckpoint& from = *ends.from.checkpoint;
    const Config had = parse_config(from.manifest.config, "the run's config");
    const std::vector<ConfigDifference> changes = config_diff(had, run);
    check(changes.empty(), ExitCode::usage,
          "the run went on with another config between step {} and step {} (here \"in the run\" is "
          "the former, \"now\" the latter):\n{}Replay a part with one config, with --from and --to",
          ends.range.from, ends.range.to, OwnLines{to_text(changes)});
    check(had.train.lanes == run.train.lanes, ExitCode::usage,
          "the run had {} lanes at step {}, and {} at step {}: replay a part with as many, with "
          "--from and --to",
          had.train.lanes, ends.range.from, run.train.lanes, ends.range.to);
  }
  config.train.max_steps = ends.range.to;
  config.train.max_time_s = 0;
  return config;
}

void check_pack(const std::string& pack, const std::string& fingerprint, const Ends& ends) {
  check(fingerprint == ends.to.manifest.pack_fingerprint, ExitCode::usage,
        "pack '{}' (fingerprint {}) is not the one that the run was trained on ({}). Give that "
        "pack with data.pack=PATH",
        pack, fingerprint, ends.to.manifest.pack_fingerprint);
}

/// Ends the replay where the run was when it wrote the checkpoint, and says how far it is.
class ProveObserver final : public TrainObserver {
 public:
  ProveObserver(RankContext& context, const TrainingState& to) : context_(context), to_(to) {
    progress_.phase = "replay";
    progress_.steps = to.step;
  }

  bool stop_requested() override {
    if (to_.evaluated_epochs == static_cast<std::int64_t>(to_.cursor.epoch)) return false;
    // The run was stopped before, or in, the evaluation of the epoch that had just ended.
    const bool in_evaluation = to_.averaged_epochs == static_cast<std::int64_t>(to_.cursor.epoch);
    return in_evaluation ? is_evaluating_ && step_ == to_.step : step_ == to_.step - 1;
  }
  void phase(std::string_view name, std::int64_t step) override {
    context_.phase = name;
    context_.step = step_ = step;
    is_evaluating_ = name.starts_with("evaluating");
  }
  void step_done(const StepReport& report) override {
    progress_.epoch = report.epoch;
    progress_.step = report.step;
    progress_.loss = report.metrics.front().value;
    progress_.images_per_second = report.timing.images_per_second();
    context_.progress(progress_);
  }
  void skipped(const Skip& skip, std::size_t number) override {
    context_.log->info("rollback {}: {}", number, printable(to_text(skip)));
  }

 private:
  RankContext& context_;
  const TrainingState& to_;
  ProgressEvent progress_;
  std::int64_t step_ = -1;
  bool is_evaluating_ = false;
};

/// What all attempts of a replay have in common.
struct Replay {
  const TrainJob& job;
  const TrainingData& data;
  const Ends& ends;
  const TrainingState& to;
  const nlohmann::json& environment;
  const RankDevice& device;
  RankContext& context;
};

/// What a checkpoint would hold of `machine`.
StateCopy copy_state(Machine& machine) {
  StateCopy copy;
  copy.take(state_parts(*machine.model, *machine.optimizer, machine.average.get()));
  copy.arrange();
  return copy;
}

/// A checkpoint that no one else sees: a part of this rank's replay ends, and the next begins with
/// another optimizer.
LoadedCheckpoint keep_state(const Replay& replay, const TrainingState& state, Machine& machine,
                            const std::filesystem::path& directory) {
  const StateCopy copy = copy_state(machine);
  const auto model_file = directory / kModelFile, rest_file = directory / kOptimizerFile;
  const FileDigest model_digest = write_safetensors(model_file, copy.model());
  const FileDigest rest_digest = write_safetensors(rest_file, copy.optimizer());
  Manifest manifest = replay.ends.to.manifest;
  manifest.step = state.step;
  manifest.best = state.best;
  manifest.environment = replay.environment;
  return {directory, std::move(manifest), SafetensorsFile(model_file, model_digest),
          SafetensorsFile(rest_file, rest_digest), state_to_commit(state)};
}

/// Compares what the run has recorded with what the replay holds. Collective.
Proof compare(const Replay& replay, const TrainingState& state, Machine& machine) {
  check_held_bits(
      memory_digest(state_parts(*machine.model, *machine.optimizer, machine.average.get())),
      replay.context.communicator, {state.step, replay.ends.range.from});
  const StateCopy copy = copy_state(machine);
  const Ends& ends = replay.ends;
  Proof proof{
      .range = ends.range,
      .checkpoint = ends.to.directory,
      .replayed_to = state.step,
      .recorded_digest = ends.to.manifest.state_digest,
      .replayed_digest = state_digest(copy.model(), copy.optimizer()),
      .tensors = different_tensors(ends.to.model.tensors(), copy.model()),
      .fields = different_fields(ends.to.state, state_to_commit(state)),
      .environment_changes = environment_changes(ends.to.manifest.environment, replay.environment),
      .ranks = replay.context.communicator.size()};
  for (const std::string& name : different_tensors(ends.to.optimizer.tensors(), copy.optimizer())) {
    proof.tensors.push_back("optimizer/" + name);
  }
  const std::size_t before =
      ends.from.checkpoint ? read_training_state(*ends.from.checkpoint).skips.size() : 0;
  proof.rollbacks = state.skips.size() - std::min(before, state.skips.size());
  return proof;
}

/// From `start` until the replay ends, goes back, or trains other parameters. Collective.
struct Attempt {
  TrainOutcome outcome = TrainOutcome::finished;
  std::vector<Skip> course;
  std::optional<Proof> proof = {};            ///< where it has ended
  std::optional<LoadedCheckpoint> next = {};  ///< where other parameters are trained
};

Attempt attempt(const Replay& replay, const StartPoint& start, std::vector<Skip> skips,
                const std::filesystem::path& scratch) {
  RankContext& context = replay.context;
  Communicator& communicator = context.communicator;
  TrainingData data = replay.data;
  context.phase = "reading the weights";
  InitialWeights weights;
  if (!start.checkpoint) {
    weights = read_initial_weights(replay.job.config.model, communicator);
    check(weights.hash == replay.to.weights, ExitCode::usage,
          "model.weights '{}' is not what the run began with (its hash is '{}', the run's '{}')",
          replay.job.config.model.weights, weights.hash, replay.to.weights);
  }
  const ResolvedRun run = resolve_run(replay.job, data, start, weights, replay.device,
                                      communicator.size(), *context.log);
  context.phase = "building the model";
  Machine machine(run, replay.device, communicator);
  load_initial_weights(weights, run.config.model, missing_weights(run.config.model), *machine.model,
                       communicator, *context.log);
  if (start.checkpoint) {
    restore(*start.checkpoint, replay.environment, run, machine, *context.log);
  } else {
    machine.begin_average(run.config.average);
  }
  ProveObserver observer(context, replay.to);
  TrainerOptions options = trainer_options(run, replay.device);
  options.skips = std::move(skips);
  options.steps_ahead = 0;  // a stop takes effect at once
  Trainer trainer(options, run.plan, run.start,
                  trainer_parts(run, data, machine, replay.device, communicator), observer);
  Attempt result{.outcome = trainer.run(), .course = trainer.course()};
  if (result.outcome == TrainOutcome::paused) {
    result.next = keep_state(replay, trainer.state(), machine, scratch);
  } else if (result.outcome != TrainOutcome::rolled_back) {
    result.proof = compare(replay, trainer.state(), machine);
  }
  return result;
}

/// Collective.
Proof replay_all(const Replay& replay) {
  const ScratchDirectory scratch(std::filesystem::temp_directory_path());
  StartPoint other;
  const StartPoint* start = &replay.ends.from;
  std::vector<Skip> skips;
  for (;;) {
    Attempt result = attempt(replay, *start, skips, scratch.path());
    if (result.proof) return *std::move(result.proof);
    skips = std::move(result.course);
    start = &replay.ends.from;
    if (result.next) {
      other.checkpoint = std::move(result.next);
      start = &other;
      continue;
    }
    const Skip& skip = skips.back();
    replay.context.log->warn("{}", printable(to_text(skip)));
    check(skip.step >= replay.ends.range.from, ExitCode::storage,
          "{} at step {}, after which the run went back to step {}: that is before the checkpoint "
          "of step {}, which is not of this course then",
          skip.reason, skip.bad_step, skip.step, replay.ends.range.from);
  }
}

}  // namespace

ExitCode run_prove_rank(const ProveJob& job, RankContext& context) {
  context.phase = "looking for checkpoints";
  const Ends ends = load_ends(job, context.communicator);
  const TrainingState to = read_training_state(ends.to);
  const TrainJob train_job{.config = config_of(job, ends)};
  const Config& config = train_job.config;
  const int threads = std::max(config.train.threads, 1);
  make_deterministic(threads);
  context.phase = "opening the device";
  const RankDevice device(config.train.device, context.communicator);
  context.phase = "opening the pack";
  const TrainingData data = open_training_data(config.data);
  check_pack(config.data.pack, data.pack.fingerprint(), ends);
  const nlohmann::json environment = describe_environment(device.name(), threads);
  const Proof proof = replay_all({train_job, data, ends, to, environment, device, context});
  if (context.communicator.rank() == 0) {
    fmt::print("{}", job.json ? json_text(to_json(proof)) : to_text(proof));
  }
  std::fflush(stdout);
  context.communicator.barrier();  // the first rank that fails ends the others
  check(proof.holds(), ExitCode::storage,
        "the steps from {} to {} do not give the checkpoint '{}' again", proof.range.from,
        proof.range.to, proof.checkpoint);
  return ExitCode::ok;
}

}  // namespace lockstep
