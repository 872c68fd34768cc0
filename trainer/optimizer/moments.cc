#include "trainer/optimizer/moments.h"

#include <cmath>

#include <ATen/ops/zeros_like.h>

namespace lockstep {

Moments::Moments(const at::Tensor& parameters)
    : mean_(at::zeros_like(parameters)),
      square_(at::zeros_like(parameters)),
      denominator_(at::zeros_like(parameters)) {}

void Moments::take_in(const at::Tensor& gradient, const OptimizerOptions& options,
                      std::int64_t step) {
  mean_.mul_(options.beta1).add_(gradient, 1 - options.beta1);
  square_.mul_(options.beta2).addcmul_(gradient, gradient, 1 - options.beta2);
  correction_ = 1 - std::pow(options.beta1, static_cast<double>(step));
  const double correction2 = 1 - std::pow(options.beta2, static_cast<double>(step));
  denominator_.copy_(square_).sqrt_().div_(std::sqrt(correction2)).add_(options.epsilon);
}

}  // namespace lockstep
