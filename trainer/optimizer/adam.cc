#include "trainer/optimizer/adam.h"

#include <utility>

namespace lockstep {

Adam::Adam(const OptimizerOptions& options, const FlatTensors& parameters, ParameterFactors factors,
           Decay decay)
    : Optimizer(options, parameters, std::move(factors)),
      decay_(decay),
      moments_(parameters.values) {}

void Adam::update(const FlatTensors& parameters, at::Tensor& gradient, double rate) {
  if (decay_ == Decay::decoupled) {
    shrink(parameters.values, rate);
  } else {
    add_decay(parameters.values, gradient);
  }
  moments_.take_in(gradient, options(), steps());
  const double corrected = rate / moments_.correction();
  if (factors().rate.defined()) {
    gradient.copy_(moments_.mean()).div_(moments_.denominator());
    move(parameters.values, gradient, corrected);
  } else {
    at::Tensor(parameters.values).addcdiv_(moments_.mean(), moments_.denominator(), -corrected);
  }
}

}  // namespace lockstep
