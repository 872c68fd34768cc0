#pragma once

#include <span>
#include <string>

#include "core/names.h"

namespace lockstep {

/// What follows the image in a residual network.
enum class Stem {
  imagenet,  ///< 7x7 convolution of stride 2 and a max-pool: for images of about 100 px and more
  small,     ///< 3x3 convolution of stride 1, no pool: for images of about 28 to 64 px
};
inline constexpr EnumName<Stem> kStemNames[] = {{Stem::imagenet, "imagenet"},
                                                {Stem::small, "small"}};
constexpr std::span<const EnumName<Stem>> enum_names(Stem) { return kStemNames; }

/// The `model` section of a config. The numbers of outputs and of channels come from the pack.
struct ModelOptions {
  std::string name = "simple_cnn";  ///< of the catalog
  double dropout = 0;               ///< probability before the last linear layer, in [0, 1)

  // Of some families: ModelEntry::options says which.

  Stem stem = Stem::imagenet;
};

}  // namespace lockstep
