#include "trainer/step/norm_statistics.h"

#include <utility>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>
#include <torch/nn/modules/batchnorm.h>

#include "trainer/lane/numerics.h"

namespace lockstep {
namespace {

/// A running statistic of a BatchNorm that is in training.
struct Statistic {
  at::Tensor value;     ///< the model's own
  at::Tensor sum;       ///< float64, of what batches say
  double momentum = 0;  ///< the part of a batch's that it takes
};

std::vector<Statistic> statistics_of(FlatModel& model, const at::Tensor& sums) {
  std::vector<Statistic> statistics;
  for (const auto& item : model.model().named_modules()) {
    const auto* norm = dynamic_cast<const torch::nn::BatchNorm2dImpl*>(item.value().get());
    if (norm == nullptr || !norm->is_training()) continue;
    for (const FlatEntry& entry : model.buffer_layout().entries) {
      if (!entry.name.starts_with(item.key() + ".")) continue;
      statistics.push_back({view_of(model.buffers(), entry), view_of(sums, entry),
                            norm->options.momentum().value()});
    }
  }
  return statistics;
}

}  // namespace

void recompute_norm_statistics(FlatModel& model, LaneReducer& reducer, BatchFeed& feed,
                               std::int64_t steps, const StepOptions& options) {
  const at::NoGradGuard no_grad;
  const at::Tensor sums = at::zeros_like(model.buffers(), at::kDouble);
  const std::vector<Statistic> statistics = statistics_of(model, sums);
  const at::Tensor counters = model.integers().clone();
  for (std::int64_t step = 0; step < steps; ++step) {
    for (int lane = options.own.first; lane < options.own.last; ++lane) {
      const int slot = reducer.begin_lane(lane);
      const DeviceBatch batch = feed.next().value();  // training batches never end
      seed_lane(options.seed, step, lane);
      // From 0 on, a running statistic is momentum times that of the batch.
      for (const Statistic& statistic : statistics) statistic.value.zero_();
      run_network(model.model(), batch.images, options.precision);
      at::Tensor buffer = reducer.slots()[static_cast<std::size_t>(slot)];
      model.buffers_in(buffer).copy_(model.buffers());
      reducer.end_lane(lane);
    }
    sums.add_(model.buffers_in(reducer.reduce()));
  }
  const double count = static_cast<double>(steps) * options.lanes;
  for (const Statistic& statistic : statistics) {
    statistic.value.copy_(statistic.sum / (count * statistic.momentum));
  }
  model.integers().copy_(counters);
}

}  // namespace lockstep
