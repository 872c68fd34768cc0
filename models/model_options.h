#pragma once

#include <string>

namespace lockstep {

/// What follows the image in a residual network.
enum class Stem {
  imagenet,  ///< 7x7 convolution of stride 2 and a max-pool: for images of about 100 px and more
  small,     ///< 3x3 convolution of stride 1, no pool: for images of about 28 to 64 px
};

/// The `model` section of a config. The numbers of classes and of channels come from the pack.
struct ModelOptions {
  std::string name = "simple_cnn";  ///< one of model_names()
  double dropout = 0;               ///< probability before the last linear layer, in [0, 1)
  Stem stem = Stem::imagenet;       ///< resnet18 only
};

}  // namespace lockstep
