#include "trainer/optimizer/parameter_factors.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <functional>

#include <ATen/ops/ones_like.h>

#include "core/error.h"

namespace lockstep {
namespace {

/// The factor of one stage's rate to that of the next.
double stage_decay(const OptimizerOptions& options, std::size_t stages) {
  check(options.lr_layer_decay == 1 || options.lr_first_stage == 1, ExitCode::usage,
        "optimizer.lr_layer_decay ({}) and optimizer.lr_first_stage ({}) say the same in two ways: "
        "remove one",
        options.lr_layer_decay, options.lr_first_stage);
  if (options.lr_first_stage == 1 || stages < 2) return options.lr_layer_decay;
  return std::pow(options.lr_first_stage, 1 / static_cast<double>(stages - 1));
}

std::size_t stage_of(const FlatEntry& entry, std::span<const ModelStage> stages) {
  const auto has = [&](const ModelStage& stage) {
    return std::ranges::any_of(
        stage.prefixes, [&](const std::string& prefix) { return entry.name.starts_with(prefix); });
  };
  const auto found = std::ranges::find_if(stages, has);
  assert(found != stages.end());
  return static_cast<std::size_t>(found - stages.begin());
}

/// [P], `factor` of each tensor.
at::Tensor fill(const FlatTensors& parameters,
                const std::function<double(const FlatEntry&)>& factor) {
  at::Tensor factors = at::ones_like(parameters.values);
  for (const FlatEntry& entry : parameters.layout.entries) {
    view_of(factors, entry).fill_(factor(entry));
  }
  return factors;
}

}  // namespace

ParameterFactors make_parameter_factors(const OptimizerOptions& options,
                                        const FlatTensors& parameters,
                                        std::span<const ModelStage> stages) {
  ParameterFactors factors;
  if (!options.decay_norm_and_bias && options.weight_decay != 0) {
    factors.decay =
        fill(parameters, [](const FlatEntry& entry) { return entry.shape.size() > 1 ? 1.0 : 0.0; });
  }
  const double decay = stage_decay(options, stages.size());
  if (decay != 1) {
    factors.rate = fill(parameters, [&](const FlatEntry& entry) {
      return std::pow(decay, static_cast<double>(stages.size() - 1 - stage_of(entry, stages)));
    });
  }
  return factors;
}

}  // namespace lockstep
