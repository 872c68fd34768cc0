#pragma once

#include <memory>

#include "launcher/config/config.h"
#include "launcher/rank/rank_context.h"
#include "launcher/rank/rank_device.h"
#include "launcher/run/machine.h"
#include "launcher/run/resolved_run.h"
#include "launcher/setup/data_setup.h"
#include "trainer/lane/batch_feed.h"

namespace lockstep {

/// A run that is never stored: what searches take steps with.
///
///     Trial trial(config, context);
///     trial.begin();                                   // the initial parameters
///     const StepResult result = trial.step({.rate = 0.1});
class Trial {
 public:
  /// Collective. Settles the process's numerics and opens the device and the pack.
  Trial(const Config& config, RankContext& context);

  /// Collective: at the beginning of training, again and again.
  void begin();
  /// Collective: the next step; its loss may not be finite.
  StepResult step(const StepSize& size);

  /// Without a step: the gradient [P] of the first lane of this rank on its next batch,
  /// by FlatModel::parameter_layout. The model is as before.
  at::Tensor gradient();

  FlatModel& model() { return *machine_->model; }
  const ResolvedRun& run() const { return run_; }
  std::int64_t steps() const { return steps_; }
  RankContext& context() { return context_; }
  c10::Device device() const { return device_.device(); }
  std::int64_t parameters() const { return machine_->model->parameter_count(); }

 private:
  RankContext& context_;
  RankDevice device_;
  TrainingData data_;
  InitialWeights weights_;
  ResolvedRun run_;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<StepRunner> runner_;
  std::unique_ptr<BatchFeed> feed_;
  std::int64_t steps_ = 0;
};

}  // namespace lockstep
