#pragma once

#include <cstdint>
#include <memory>

#include "models/catalog/model_options.h"
#include "models/network/image_model.h"

namespace lockstep {

/// A model on the CPU in training mode, its parameters a function of (options, shape, seed) alone:
/// each tensor is drawn from a generator of its own, seeded by (seed, its name). Throws
/// Error(usage) for an unknown name or a bad option.
std::shared_ptr<ImageModel> make_model(const ModelOptions& options, const ModelShape& shape,
                                       std::uint64_t seed);

/// The same network with names and shapes alone: what its tensors hold is undefined, and no time or
/// memory is spent on it. For who asks what a network consists of. Throws as make_model does.
std::shared_ptr<ImageModel> make_outline(const ModelOptions& options, const ModelShape& shape);

}  // namespace lockstep
