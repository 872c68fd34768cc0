#include "launcher/search/trial.h"

#include <algorithm>
#include <array>

#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include "trainer/lane/numerics.h"

namespace lockstep {
namespace {

RankDevice open_device(const Config& config, RankContext& context) {
  make_deterministic(std::max(config.train.threads, 1));
  context.phase = "opening the device";
  return {config.train.device, context.communicator};
}

}  // namespace

Trial::Trial(const Config& config, RankContext& context)
    : context_(context),
      device_(open_device(config, context)),
      data_(open_training_data(config.data)),
      weights_(read_initial_weights(config.model, context.communicator)),
      run_(resolve_run({.config = config, .dry_run = true}, data_, {}, weights_, device_,
                       context.communicator.size(), *context.log)) {}

void Trial::begin() {
  Communicator& communicator = context_.communicator;
  runner_.reset();
  machine_.reset();  // its memory
  machine_ = std::make_unique<Machine>(run_, device_, communicator);
  spdlog::logger silent("again");  // what the first begin() has told
  load_initial_weights(weights_, run_.config.model, missing_weights(run_.config.model),
                       *machine_->model, communicator, steps_ == 0 ? *context_.log : silent);
  const LaneRange own = lanes_of_rank(run_.plan.lanes, communicator.rank(), communicator.size());
  runner_ = std::make_unique<StepRunner>(StepOptions{.seed = run_.config.run.seed,
                                                     .precision = run_.config.train.precision,
                                                     .lanes = run_.plan.lanes,
                                                     .own = own},
                                         machine_->parts(run_));
  feed_ = std::make_unique<BatchFeed>(data_.train, run_.loader,
                                      training_batches({.samples = run_.plan.samples,
                                                        .seed = run_.config.run.seed,
                                                        .batch = run_.plan.batch,
                                                        .lanes = run_.plan.lanes,
                                                        .order = run_.order,
                                                        .first_lane = own.first,
                                                        .last_lane = own.last}),
                                      device_.device());
  steps_ = 0;
}

at::Tensor Trial::gradient() {
  FlatModel& network = model();
  std::array<at::Tensor, 1> buffer = {
      at::zeros({network.lane_elements()}, network.parameters().options())};
  network.attach_slots(buffer);
  network.use_slot(0);
  seed_lane(run_.config.run.seed, steps_, 0);
  network.begin_lane();
  const std::optional<DeviceBatch> batch = feed_->next();  // training batches never end
  const at::Tensor outputs =
      run_network(network.model(), batch->images, run_.config.train.precision);
  torch::autograd::backward({sum_batch(*run_.task, outputs, *batch).loss}, {});
  network.begin_lane();  // the buffers as they were
  network.attach_slots(machine_->reducer->slots());
  return network.gradients_in(buffer[0]);
}

StepResult Trial::step(const StepSize& size) {
  runner_->begin(
      *feed_, steps_, size,
      {.stop_requested = {}, .phase = [this](std::string_view name) { context_.phase = name; }});
  context_.step = ++steps_;
  return runner_->end();
}

}  // namespace lockstep
