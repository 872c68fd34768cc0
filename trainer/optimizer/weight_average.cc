#include "trainer/optimizer/weight_average.h"

#include <algorithm>

#include <ATen/core/grad_mode.h>

namespace lockstep {
namespace {

/// Bit by bit, in place: on a GPU that is nearly full there may be no memory for a copy.
void exchange_bits(const at::Tensor& a, const at::Tensor& b) {
  at::Tensor x = a.view(at::kInt), y = b.view(at::kInt);
  x.bitwise_xor_(y);
  y.bitwise_xor_(x);
  x.bitwise_xor_(y);
}

}  // namespace

WeightAverage::WeightAverage(const EmaOptions& options, FlatModel& model)
    : options_(options),
      model_(model),
      parameters_(model.parameters().detach().clone()),
      buffers_(model.buffers().clone()) {}

void WeightAverage::update(std::int64_t steps) {
  const at::NoGradGuard no_grad;
  const auto t = static_cast<double>(steps);
  const double decay =
      options_.warmup ? std::min(options_.decay, (1 + t) / (10 + t)) : options_.decay;
  parameters_.lerp_(model_.parameters(), 1 - decay);
  buffers_.lerp_(model_.buffers(), 1 - decay);
}

void WeightAverage::exchange() {
  const at::NoGradGuard no_grad;
  exchange_bits(parameters_, model_.parameters());
  exchange_bits(buffers_, model_.buffers());
}

}  // namespace lockstep
