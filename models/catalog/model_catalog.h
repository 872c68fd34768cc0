#pragma once

#include <array>
#include <span>
#include <string_view>
#include <variant>

#include "models/catalog/model_options.h"

namespace lockstep {

/// What tells the networks of one family apart, one struct for each family.
struct SimpleCnnSpec {};
struct ResNetSpec {
  std::array<int, 4> blocks;  ///< in each stage
};
using ModelSpec = std::variant<SimpleCnnSpec, ResNetSpec>;

/// A network that `model.name` can be: one line of the catalog.
struct ModelEntry {
  std::string_view name;
  int smallest_side;  ///< of an image, in pixels: what its pools and strides leave something of
  std::span<const std::string_view> options;  ///< of `model` in a config, beside name and dropout
  ModelSpec spec;
};

/// Every network, by name. Needs no LibTorch, so that a config can be checked before anything is
/// loaded.
std::span<const ModelEntry> model_catalog();

/// Throws Error(usage), with the known names, for another one.
const ModelEntry& find_model(std::string_view name);

/// Throws Error(usage), naming the smallest size, where images of `height` x `width` pixels are too
/// small for the network.
void check_input_size(const ModelEntry& model, int height, int width);

}  // namespace lockstep
