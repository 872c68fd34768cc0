#pragma once

#include <span>

#include <ATen/core/Tensor.h>

#include "models/network/image_model.h"
#include "trainer/optimizer/optimizer.h"
#include "trainer/optimizer/optimizer_options.h"

namespace lockstep {

/// The factors that `options` give to the parameters of a network of these stages. Throws
/// Error(usage) where options contradict each other.
ParameterFactors make_parameter_factors(const OptimizerOptions& options,
                                        const FlatTensors& parameters,
                                        std::span<const ModelStage> stages);

}  // namespace lockstep
