#pragma once

#include "models/network/image_model.h"

namespace lockstep {

/// A network for each kind of block.
inline constexpr const char* kOneOfEachFamily[] = {"linear",
                                                   "mlp",
                                                   "lenet",
                                                   "simple_cnn",
                                                   "resnet18",
                                                   "resnet50",
                                                   "densenet121",
                                                   "efficientnet_b0",
                                                   "efficientnet_lite0",
                                                   "tf_efficientnet_lite0",
                                                   "mobilenet_v3_small",
                                                   "convnext_tiny",
                                                   "vit_small_16"};

inline constexpr int kOutputs = 7;

inline ModelShape shape_of(int side) {
  return {.channels = 3, .outputs = kOutputs, .height = side, .width = side};
}

}  // namespace lockstep
