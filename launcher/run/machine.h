#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <spdlog/logger.h>

#include "checkpoint/snapshot.h"
#include "comm/communicator/communicator.h"
#include "comm/reduction/lane_reducer.h"
#include "launcher/rank/rank_device.h"
#include "launcher/run/resolved_run.h"
#include "trainer/average/weight_average.h"
#include "trainer/lane/flat_model.h"
#include "trainer/optimizer/optimizer.h"
#include "trainer/step/step_runner.h"

namespace lockstep {

/// What a run computes with, in the phase of fine-tuning that it is in.
struct Machine {
  /// Collective. The parameters are drawn, the optimizer's state is zero.
  Machine(const ResolvedRun& run, const RankDevice& device, Communicator& communicator);

  /// Of the model as it is now, where the run keeps one.
  void begin_average(const AverageOptions& options);
  /// The stages that are trained in a phase of fine-tuning.
  std::vector<std::string> trained_stages(const ResolvedRun& run, int phase) const;
  /// All that takes a step of `run`, with the average.
  StepParts parts(const ResolvedRun& run);

  std::unique_ptr<FlatModel> model;
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<WeightAverage> average;
  std::unique_ptr<LaneReducer> reducer;
};

/// The state of the machine is that of `checkpoint`, from which `run` goes on.
void restore(const LoadedCheckpoint& checkpoint, const nlohmann::json& environment,
             const ResolvedRun& run, Machine& machine, spdlog::logger& log);

}  // namespace lockstep
