#include "launcher/run/machine.h"

#include <string>

#include "comm/reduction/make_lane_reducer.h"
#include "core/error.h"
#include "launcher/config/config_yaml.h"
#include "launcher/rank/environment.h"
#include "launcher/setup/data_setup.h"
#include "models/make_model.h"
#include "trainer/fine_tune.h"
#include "trainer/optimizer/make_optimizer.h"
#include "trainer/optimizer/parameter_factors.h"
#include "trainer/tensor_io.h"

namespace lockstep {
namespace {

std::unique_ptr<FlatModel> make_flat_model(const ResolvedRun& run, at::Device device) {
  const std::shared_ptr<ImageModel> model = make_model(
      run.config.model, model_shape(run.start.input, run.start.task), run.config.run.seed);
  const FineTuneOptions& options = run.fine_tune;
  const IsTrained is_trained = trained_in(options, *model, run.start.phase);
  if (is_trained && options.frozen_mode == FrozenMode::evaluation) {
    model->keep_evaluating([&](const std::string& name) { return !is_trained(name); });
  }
  return std::make_unique<FlatModel>(model, device, run.task->tail().elements(), is_trained);
}

std::unique_ptr<Optimizer> make_optimizer_for(const OptimizerOptions& options, FlatModel& model) {
  const FlatTensors parameters{model.parameters(), model.parameter_layout()};
  return make_optimizer(options, parameters,
                        make_parameter_factors(options, parameters, model.model().stages()));
}

/// Where the config's average changed, it begins here, or ends.
void continue_average(const LoadedCheckpoint& checkpoint, const ResolvedRun& run, Machine& machine,
                      spdlog::logger& log) {
  const Config had = parse_config(checkpoint.manifest.config, "the run's config");
  check(
      has_average(checkpoint) == had.average.is_on(), ExitCode::storage,
      "'{}' is damaged: its config keeps {} average of the weights (ema.decay is {}, average.last "
      "{}), and its optimizer.safetensors has {}",
      checkpoint.directory, had.average.is_on() ? "an" : "no", had.average.decay, had.average.last,
      has_average(checkpoint) ? "one" : "none");
  machine.begin_average(run.config.average);
  if (machine.average && had.average.is_on()) {
    restore_average(checkpoint, *machine.model, *machine.average);
  } else if (machine.average) {
    log.warn("the average of the weights begins here, as the run had none");
  } else if (had.average.is_on()) {
    log.warn("the average of the weights ends here; checkpoints from now on have none");
  }
}

}  // namespace

Machine::Machine(const ResolvedRun& run, const RankDevice& device, Communicator& communicator)
    : model(make_flat_model(run, device.device())),
      optimizer(make_optimizer_for(run.config.optimizer, *model)),
      reducer(make_lane_reducer(communicator,
                                {.kind = run.config.train.reduction,
                                 .lanes = run.plan.lanes,
                                 .elements = model->lane_elements()},
                                device.connect(communicator, run.config.train.stall_timeout_s))) {}

void Machine::begin_average(const AverageOptions& options) {
  if (options.is_on()) average = std::make_unique<WeightAverage>(options, *model);
}

std::vector<std::string> Machine::trained_stages(const ResolvedRun& run, int phase) const {
  const ImageModel& network = model->model();
  return lockstep::trained_stages(network, trained_in(run.fine_tune, network, phase));
}

StepParts Machine::parts(const ResolvedRun& run) {
  return {.model = *model,
          .task = *run.task,
          .optimizer = *optimizer,
          .reducer = *reducer,
          .after_update = [this](std::int64_t steps) {
            if (average) average->update(steps);
          }};
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
  restore_model(checkpoint, *machine.model);
  if (run.start.phase_step < step) {  // else other parameters are trained from here on
    restore_optimizer(checkpoint, *machine.model, step - run.start.phase_step, *machine.optimizer);
  }
  continue_average(checkpoint, run, machine, log);
}

}  // namespace lockstep
