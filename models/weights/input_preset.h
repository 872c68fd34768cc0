#pragma once

#include <array>
#include <optional>

#include "models/catalog/model_catalog.h"
#include "models/weights/tensor_names.h"

namespace lockstep {

/// What published weights were trained to be fed with.
struct InputPreset {
  int side;                   ///< of the square image, in pixels
  double crop;                ///< the part of the shorter side that evaluation keeps
  std::array<float, 3> mean;  ///< per channel, white = 1
  std::array<float, 3> std;   ///< per channel, white = 1
};

/// That of the network's usual ImageNet weights, by whose names a file has: torchvision's first
/// version of each, timm's default of each, and the lite EfficientNets of TensorFlow
/// (docs/predicting.md has the table).
std::optional<InputPreset> input_preset(NameStyle source, const ModelEntry& model);

}  // namespace lockstep
