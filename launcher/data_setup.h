#pragma once

#include <string>

#include "launcher/config.h"
#include "models/image_model.h"
#include "sharding/batch_loader.h"
#include "sharding/pack.h"
#include "trainer/input_spec.h"

namespace lockstep {

/// Opens the pack at `directory` for classification. Throws Error(data) where it is none, or where
/// its labels are no class numbers.
Pack open_classification_pack(const std::string& directory);

/// What a model that `config` trains on `dataset`, a split of `pack`, is fed with. Where the config
/// leaves the image size open, it is that of the first sample. Throws Error(usage) where the model
/// cannot take images so small.
InputSpec input_spec(const Config& config, const Pack& pack, const Dataset& dataset);

/// Loaders that make what `input` says, as `config` tells them to work.
BatchLoaderOptions loader_options(const Config& config, const InputSpec& input);

ModelShape model_shape(const InputSpec& input);

}  // namespace lockstep
