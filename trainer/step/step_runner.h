#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>

#include <ATen/core/Tensor.h>

#include "comm/communicator/communicator.h"
#include "comm/device/device_mark.h"
#include "comm/reduction/lane_reducer.h"
#include "comm/tree/reduction_tree.h"
#include "trainer/lane/batch_feed.h"
#include "trainer/lane/flat_model.h"
#include "trainer/lane/host_copy.h"
#include "trainer/lane/precision.h"
#include "trainer/optimizer/optimizer.h"
#include "trainer/task/task.h"

namespace lockstep {

struct StepOptions {
  std::uint64_t seed = 1;
  Precision precision = Precision::fp32;  ///< resolved
  int lanes = 1;                          ///< L
  LaneRange own = {0, 1};                 ///< the lanes of this rank
  /// Each step looks whether gradients and parameters are finite; no host waits for it.
  bool looks_for_infinities = false;
};

/// What a step works with. All must outlive the runner.
struct StepParts {
  FlatModel& model;  ///< its tail as task.tail() has it
  const Task& task;
  Optimizer& optimizer;
  LaneReducer& reducer;  ///< for `lanes` and the model's lane_elements()
  /// Called after each update, with the steps done: for what follows the parameters, such as an
  /// average of them. May be empty.
  std::function<void(std::int64_t steps)> after_update = {};
};

/// What a step asks and tells. Both may be empty.
struct StepHooks {
  std::function<bool()> stop_requested;
  std::function<void(std::string_view phase)> phase;  ///< "reading data", "computing", ...
};

struct StepResult {
  TaskSums sums;                ///< over the global batch
  bool stop_requested = false;  ///< of any rank; the same on all
  // Where StepOptions::looks_for_infinities asks; else true.
  bool gradient_is_finite = true;
  bool parameters_are_finite = true;  ///< after the update
};

/// Optimizer steps of all lanes: each lane's forward and backward pass, the reduction, the update.
/// Needs no run directory and no store. One object per model: its slots are the model's.
///
/// A step is begun, and its result is asked for afterwards: a GPU is then given the next step
/// before the host waits for the last.
///
///     StepRunner runner(options, parts);
///     runner.begin(feed, step, {.rate = rate}, hooks);
///     const StepResult result = runner.end();
class StepRunner {
 public:
  StepRunner(const StepOptions& options, StepParts parts);

  /// Collective. Takes a batch of `feed` for each of this rank's lanes. `step` counts the steps
  /// done so far: with the seed it decides what is random. Does not wait for a GPU. What LibTorch
  /// refuses in the first lane is thrown as Error(usage) that says what decides the network's
  /// shapes; Error(internal) where the device has too little memory.
  void begin(BatchFeed& feed, std::int64_t step, const StepSize& size, const StepHooks& hooks);
  /// Steps that were begun and have not ended.
  std::size_t in_flight() const { return begun_.size(); }
  /// The result of the oldest step that is in flight; waits for it. Where its loss is not finite
  /// the parameters are of no use. Throws as LaneReducer::wait.
  StepResult end();

  /// Computes a lane of `batch` and throws the result away: what the network cannot take is found
  /// before anything is trained. Throws as begin(). The model is as before.
  void try_lane(const DeviceBatch& batch);

  /// Collective: throws Error(usage), naming ranks and hosts, unless the lane of `batch` gives the
  /// same bits on every rank: then all have chosen the same kernels. The model is as before.
  void check_that_ranks_agree(const DeviceBatch& batch, std::int64_t step,
                              Communicator& communicator);

 private:
  void run_lane(const DeviceBatch& batch, std::int64_t step, int lane, at::Tensor& buffer);
  at::Tensor lane_alone(const DeviceBatch& batch, std::int64_t step);
  void stay_near_the_device();
  at::Tensor with_magnitudes(const at::Tensor& tail, const at::Tensor& sum);
  at::Tensor run_lanes(BatchFeed& feed, std::int64_t step, const StepHooks& hooks);

  StepOptions options_;
  StepParts parts_;
  LaneTail tail_;
  bool shapes_known_good_ = false;  // a lane has been computed
  std::deque<HostCopy> begun_;      // the tails of the sums over lanes, and magnitudes
  std::deque<DeviceMark> lanes_;    // the ends of lanes that the device is given
};

}  // namespace lockstep
