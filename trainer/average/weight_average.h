#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "trainer/average/average_options.h"
#include "trainer/lane/flat_model.h"

namespace lockstep {

/// An average of a model's parameters and floating-point buffers, which begins as the model is when
/// it is made. The result is a function of the model's course alone. Of one of two kinds:
///
/// - exponential, after each step, the arithmetic of torch.optim.swa_utils.get_ema_multi_avg_fn
/// with
///   the warm-up of TensorFlow's ExponentialMovingAverage:
///   average += (1 - d) (model - average),  d = min(decay, (1 + steps) / (10 + steps))
/// - stochastic weight averaging (Izmailov et al., 2018), after each of the last epochs: their mean
///   so far; before, it is the model of the last epoch's end.
class WeightAverage {
 public:
  /// `model` must outlive it.
  WeightAverage(const AverageOptions& options, FlatModel& model);

  /// Takes in the model after a step; `steps` are those done so far, this one included. Waits for
  /// no device.
  void update(std::int64_t steps);
  /// Whether it takes in the model at the ends of epochs, and not after steps.
  bool goes_by_epochs() const { return options_.last > 0; }
  /// Takes in the model at the end of an epoch, counted from 1, of a run of `epochs`.
  void end_epoch(std::int64_t epoch, std::int64_t epochs);
  /// Whether it is, at the end of this epoch, the mean of several models, to whose buffers none of
  /// them has led: see recompute_norm_statistics.
  bool mixes(std::int64_t epoch, std::int64_t epochs) const;

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
  void approach_model(double share);

  AverageOptions options_;
  FlatModel& model_;
  at::Tensor parameters_, buffers_;
};

}  // namespace lockstep
