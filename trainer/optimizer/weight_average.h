#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "trainer/lane/flat_model.h"
#include "trainer/optimizer/ema_options.h"

namespace lockstep {

/// An exponential moving average of a model's parameters and floating-point buffers:
///
///     average += (1 - d) (model - average),  d = min(decay, (1 + steps) / (10 + steps))
///
/// after each step: the arithmetic of torch.optim.swa_utils.get_ema_multi_avg_fn, with the warm-up
/// of TensorFlow's ExponentialMovingAverage. It begins as the model is when it is made. The result
/// is a function of the model's course alone.
class WeightAverage {
 public:
  /// `model` must outlive it.
  WeightAverage(const EmaOptions& options, FlatModel& model);

  /// Takes in the model after a step; `steps` are those done so far, this one included. Waits for
  /// no device.
  void update(std::int64_t steps);

  at::Tensor& parameters() { return parameters_; }  ///< [P] float32, as the model's
  at::Tensor& buffers() { return buffers_; }        ///< [B] float32, as the model's

  /// Gives the model the average's values and the average the model's, without a copy of either:
  /// called again, each has its own bits back.
  ///
  ///     average.exchange();
  ///     evaluate(model, …);
  ///     average.exchange();
  void exchange();

 private:
  EmaOptions options_;
  FlatModel& model_;
  at::Tensor parameters_, buffers_;
};

}  // namespace lockstep
