#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "launcher/search/trial.h"

namespace lockstep {

/// The gradient of one trained parameter, over several batches.
struct ParameterGradient {
  std::string name;
  double magnitude = 0;         ///< the largest; not finite where one is not
  std::int64_t units = 0;       ///< rows of a layer's weight: outputs of the layer; else 0
  std::int64_t dead_units = 0;  ///< whose gradient was 0 in each batch
};

/// Of each trained parameter, on the next `batches` batches, without a step.
std::vector<ParameterGradient> look_at_gradients(Trial& trial, int batches);

}  // namespace lockstep
