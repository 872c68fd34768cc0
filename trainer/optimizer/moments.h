#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "trainer/optimizer/optimizer_options.h"

namespace lockstep {

/// Adam's moving averages of gradients and of their squares.
class Moments {
 public:
  explicit Moments(const at::Tensor& parameters);

  /// Takes in `gradient` [P] of the step of this number, the first being 1.
  void take_in(const at::Tensor& gradient, const OptimizerOptions& options, std::int64_t step);

  // Of the newest step: its update, with the biases of the first steps corrected, is
  // mean() / correction() / denominator().

  const at::Tensor& mean() const { return mean_; }  ///< [P]
  double correction() const { return correction_; }
  const at::Tensor& denominator() const { return denominator_; }  ///< [P]

  /// Optimizer::state().
  std::vector<std::pair<std::string, at::Tensor>> state() const {
    return {{"exp_avg", mean_}, {"exp_avg_sq", square_}};
  }

 private:
  at::Tensor mean_, square_;
  double correction_ = 1;
  at::Tensor denominator_;
};

}  // namespace lockstep
