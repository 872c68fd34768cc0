#pragma once

#include "launcher/config/config.h"
#include "models/network/image_model.h"
#include "sharding/read/pack.h"
#include "trainer/lane/input_spec.h"

namespace lockstep {

/// What the network was given of which the features of `pack` are. Throws Error(usage) where
/// `config`, or the `given` mean and std, say something else about its input.
InputSpec input_of_features(const Config& config, const ChannelStatistics& given, const Pack& pack);

/// Whether the head of `model`, a `network` of the catalog, may be given the samples of `pack`:
/// images may, and features that the rest of the same network has made for it. Throws Error(usage)
/// otherwise.
void check_features(const Pack& pack, const std::string& network, const ImageModel& model);

}  // namespace lockstep
