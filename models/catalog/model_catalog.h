#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "models/catalog/model_options.h"

namespace lockstep {

// What tells the networks of one family apart, one struct for each family.

struct MlpSpec {
  bool has_hidden = true;  ///< layers between the pixels and the outputs
};
struct LeNetSpec {};
struct SimpleCnnSpec {};

enum class ResNetBlock { basic, bottleneck };
struct ResNetSpec {
  ResNetBlock block;
  std::array<int, 4> blocks;  ///< in each stage
  int groups = 1;             ///< of a bottleneck's 3x3 convolution
  int width_per_group = 64;   ///< its channels a group, for 64 planes
};

struct DenseNetSpec {
  std::array<int, 4> blocks;  ///< layers in each dense block
  int growth;
  int first_channels;
};

/// Where a convolution of stride 2 pads an image of even size.
enum class Padding {
  symmetric,  ///< as PyTorch
  same,       ///< one pixel less on the left and top, as TensorFlow's "SAME"
};
struct EfficientNetSpec {
  double width;
  double depth;
  bool lite = false;  ///< without squeeze-and-excitation, ReLU6, first and last layers not scaled
  Padding padding = Padding::symmetric;
};
struct MobileNetV3Spec {
  bool large;
};
struct ConvNextSpec {
  std::array<int, 4> blocks;
  int first_channels;
};
struct VisionTransformerSpec {
  int patch;
  int layers;
  int heads;
  int width;
};

using ModelSpec =
    std::variant<MlpSpec, LeNetSpec, SimpleCnnSpec, ResNetSpec, DenseNetSpec, EfficientNetSpec,
                 MobileNetV3Spec, ConvNextSpec, VisionTransformerSpec>;

/// A network that `model.name` can be: one line of the catalog.
struct ModelEntry {
  std::string_view name;
  int usual_side;  ///< of the images that it was published with, in pixels
  /// At that size, for 3 channels and 1000 outputs; what its forward pass multiplies and adds for
  /// an image (torchvision's GFLOPS).
  std::int64_t parameters;
  std::int64_t multiply_adds;
  std::string_view source;                    ///< whose names, numbers and initial values it has
  std::span<const std::string_view> options;  ///< of `model` in a config, beside name and dropout
  ModelSpec spec;
};

/// Every network, family by family. Needs no LibTorch, so that a config can be checked before
/// anything is loaded.
std::span<const ModelEntry> model_catalog();

/// Throws Error(usage), with the nearest names, for another one.
const ModelEntry& find_model(std::string_view name);

/// True where the network is built for images of one size.
bool has_fixed_size(const ModelEntry& model);

/// Of the images that the network can take, in pixels.
int smallest_side(const ModelOptions& options);

/// Throws Error(usage) where images of `height` x `width` pixels do not suit the network: too
/// small, or not whole patches.
void check_input_size(const ModelOptions& options, int height, int width);

}  // namespace lockstep
