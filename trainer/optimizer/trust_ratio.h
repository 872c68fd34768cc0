#pragma once

#include <ATen/core/Tensor.h>

#include "trainer/lane/flat_layout.h"

namespace lockstep {

/// Whether layer-wise rates and the decay beside them are for this tensor: biases and the weights
/// of norms, which have one dimension, are left out, as in the papers on LARS and LAMB.
inline bool has_trust_ratio(const FlatEntry& entry) { return entry.shape.size() > 1; }

/// `ratio` where both norms are above 0, else 1; scalars on one device. Nothing waits for it.
at::Tensor trust_ratio(const at::Tensor& ratio, const at::Tensor& weight_norm,
                       const at::Tensor& update_norm);

}  // namespace lockstep
