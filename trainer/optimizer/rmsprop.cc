#include "trainer/optimizer/rmsprop.h"

#include <ATen/ops/full_like.h>
#include <ATen/ops/zeros_like.h>

namespace lockstep {

RmsProp::RmsProp(const OptimizerOptions& options, const FlatTensors& parameters,
                 ParameterFactors factors, Form form)
    : Optimizer(options, parameters, std::move(factors)),
      form_(form),
      square_(at::full_like(parameters.values, form == Form::tensorflow ? 1 : 0)),
      momentum_(at::zeros_like(parameters.values)),
      denominator_(at::zeros_like(parameters.values)) {}

void RmsProp::update(const FlatTensors& parameters, at::Tensor& gradient, double rate) {
  add_decay(parameters.values, gradient);
  square_.mul_(options().alpha).addcmul_(gradient, gradient, 1 - options().alpha);
  denominator_.copy_(square_);
  if (form_ == Form::tensorflow) {
    denominator_.add_(options().epsilon).sqrt_();
    if (factors().rate.defined()) gradient.mul_(factors().rate);
    momentum_.mul_(options().momentum).addcdiv_(gradient, denominator_, rate);
    at::Tensor(parameters.values).sub_(momentum_);
  } else {
    denominator_.sqrt_().add_(options().epsilon);
    momentum_.mul_(options().momentum).addcdiv_(gradient, denominator_);
    move(parameters.values, momentum_, rate);
  }
}

std::vector<std::pair<std::string, at::Tensor>> RmsProp::state() {
  return {{"square_avg", square_}, {"momentum", momentum_}};
}

}  // namespace lockstep
