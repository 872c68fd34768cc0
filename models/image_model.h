#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "models/model_options.h"

namespace lockstep {

/// What a model is built for; both come from the pack.
struct ModelShape {
  int channels = 1;  ///< of the input images
  int classes = 10;  ///< length of the logits
};

/// A network that maps images to logits. Parameters and buffers carry torchvision's names where
/// torchvision has the network, so that checkpoints open there.
class ImageModel : public torch::nn::Module {
 public:
  /// images [batch, channels, height, width] float32, channels-last in memory -> logits [batch,
  /// classes].
  virtual at::Tensor forward(at::Tensor images) = 0;
};

/// The names that make_model takes.
std::vector<std::string> model_names();

/// Throws Error(usage), naming the smallest size, where images of `height` x `width` pixels are too
/// small for the network, and for an unknown name.
void check_image_size(const ModelOptions& options, int height, int width);

/// A model on the CPU in training mode, its parameters a function of (options, shape, seed) alone:
/// each tensor is drawn from a generator of its own, seeded by (seed, its name). Throws
/// Error(usage) for an unknown name or a bad option.
std::shared_ptr<ImageModel> make_model(const ModelOptions& options, const ModelShape& shape,
                                       std::uint64_t seed);

}  // namespace lockstep
