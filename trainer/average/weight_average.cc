#include "trainer/average/weight_average.h"

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

WeightAverage::WeightAverage(const AverageOptions& options, FlatModel& model)
    : options_(options),
      model_(model),
      parameters_(model.parameters().detach().clone()),
      buffers_(model.buffers().clone()) {}

/// By this part of the way.
void WeightAverage::approach_model(double share) {
  const at::NoGradGuard no_grad;
  parameters_.lerp_(model_.parameters(), share);
  buffers_.lerp_(model_.buffers(), share);
}

void WeightAverage::update(std::int64_t steps) {
  if (goes_by_epochs()) return;
  const auto t = static_cast<double>(steps);
  const double decay =
      options_.warmup ? std::min(options_.decay, (1 + t) / (10 + t)) : options_.decay;
  approach_model(1 - decay);
}

void WeightAverage::end_epoch(std::int64_t epoch, std::int64_t epochs) {
  const std::int64_t earlier = std::max<std::int64_t>(epoch - 1 - (epochs - options_.last), 0);
  approach_model(1 / static_cast<double>(earlier + 1));
}

bool WeightAverage::mixes(std::int64_t epoch, std::int64_t epochs) const {
  return goes_by_epochs() && epoch - 1 > epochs - options_.last;
}

void WeightAverage::exchange() {
  const at::NoGradGuard no_grad;
  exchange_bits(parameters_, model_.parameters());
  exchange_bits(buffers_, model_.buffers());
}

}  // namespace lockstep
