#include "trainer/optimizer/rmsprop.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/zeros_like.h>

namespace lockstep {

RmsProp::RmsProp(const OptimizerOptions& options, const FlatTensors& parameters, Form form)
    : options_(options),
      form_(form),
      square_(at::full_like(parameters.values, form == Form::tensorflow ? 1 : 0)),
      momentum_(at::zeros_like(parameters.values)),
      gradient_(at::zeros_like(parameters.values)),
      denominator_(at::zeros_like(parameters.values)) {}

void RmsProp::step(const FlatTensors& parameters, const at::Tensor& gradient_sum,
                   const at::Tensor& scale, double rate) {
  const at::NoGradGuard no_grad;
  gradient_.copy_(gradient_sum).mul_(scale);
  if (options_.weight_decay != 0) gradient_.add_(parameters.values, options_.weight_decay);
  square_.mul_(options_.alpha).addcmul_(gradient_, gradient_, 1 - options_.alpha);
  denominator_.copy_(square_);
  if (form_ == Form::tensorflow) {
    denominator_.add_(options_.epsilon).sqrt_();
    momentum_.mul_(options_.momentum).addcdiv_(gradient_, denominator_, rate);
    parameters.values.sub_(momentum_);
  } else {
    denominator_.sqrt_().add_(options_.epsilon);
    momentum_.mul_(options_.momentum).addcdiv_(gradient_, denominator_);
    parameters.values.add_(momentum_, -rate);
  }
  ++steps_;
}

std::vector<std::pair<std::string, at::Tensor>> RmsProp::state() {
  return {{"square_avg", square_}, {"momentum", momentum_}};
}

}  // namespace lockstep
