#pragma once

#include <memory>
#include <string>
#include <vector>

#include "launcher/config/config.h"
#include "models/image_model.h"
#include "sharding/feed/batch_loader.h"
#include "sharding/feed/sample_order.h"
#include "sharding/read/pack.h"
#include "trainer/input_spec.h"

namespace lockstep {

/// Opens the pack at `directory` for classification. Throws Error(data) where it is none, or where
/// its labels are no class numbers.
Pack open_classification_pack(const std::string& directory);

/// What a model that `config` trains on `dataset`, a split of `pack`, is fed with. Where the config
/// leaves the image size open, it is that of the first sample. Throws Error(usage) where the model
/// cannot take images so small.
InputSpec input_spec(const Config& config, const Pack& pack, const Dataset& dataset);

/// The order in which the run visits `train`. Throws Error(usage) where the options contradict each
/// other.
std::shared_ptr<const SampleOrder> sample_order(const Config& config, const Dataset& train);

/// What each class's samples count in the loss of training on `train`; empty: 1.
std::vector<float> class_weights(const Config& config, const Dataset& train);

/// Loaders that make what `input` says, as `config` tells them to work.
BatchLoaderOptions loader_options(const Config& config, const InputSpec& input);

ModelShape model_shape(const InputSpec& input);

}  // namespace lockstep
