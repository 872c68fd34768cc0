#include "launcher/run/trainer_setup.h"

#include "trainer/fine_tune.h"
#include "trainer/lane/numerics.h"

namespace lockstep {
namespace {

/// Of more classes the counts take too much memory: 8 bytes for each pair of them on each rank.
constexpr int kMostConfusionClasses = 1000;

bool draws_confusion(const ResolvedRun& run) {
  return run.config.log.tensorboard && run.start.task.kind == TaskKind::classification &&
         run.start.task.names.size() <= kMostConfusionClasses;
}

}  // namespace

TrainerOptions trainer_options(const ResolvedRun& run, const RankDevice& device) {
  const std::vector<std::int64_t> phases = phase_begins(run.fine_tune, run.config.train.epochs);
  const auto next = static_cast<std::size_t>(run.start.phase) + 1;
  TrainOptions options = run.config.train;
  options.max_steps = run.max_steps;
  return {.seed = run.config.run.seed,
          .loader = run.loader,
          .train = options,
          .checkpoint = run.config.checkpoint,
          .log = run.config.log,
          .early_stopping = run.config.early_stopping,
          .rollback = run.config.rollback,
          .counts_confusion = draws_confusion(run),
          .skips = {},
          .pause_before_epoch = next < phases.size() ? phases[next] : 0,
          .steps_ahead = device.device().is_cpu() ? 0u : 1u};
}

TrainerParts trainer_parts(const ResolvedRun& run, const TrainingData& data, Machine& machine,
                           const RankDevice& device, Communicator& communicator) {
  return {.communicator = communicator,
          .step = machine.parts(run),
          .average = machine.average.get(),
          .train = data.train,
          .valid = data.valid,
          .train_eval = data.train_eval,
          .order = run.order,
          .config = {},
          .pack_fingerprint = {},
          .environment = nlohmann::json::object(),
          .failed_allocations = [&device] { return failed_allocations(device.device()); }};
}

}  // namespace lockstep
