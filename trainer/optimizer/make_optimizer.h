#pragma once

#include <memory>

#include "trainer/optimizer/optimizer.h"
#include "trainer/optimizer/optimizer_options.h"

namespace lockstep {

/// An optimizer for `parameters`, its state zero. Throws Error(usage) for impossible options.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                          const FlatTensors& parameters,
                                          ParameterFactors factors = {});

}  // namespace lockstep
