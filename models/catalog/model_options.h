#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/names.h"

namespace lockstep {

/// The first layers of a network whose own shrink an image fourfold at once.
enum class Stem {
  imagenet,  ///< as the paper has it: for images of about 100 px and more
  small,     ///< 3x3 convolution of stride 1, no pool: for images of about 28 to 64 px
};
inline constexpr EnumName<Stem> kStemNames[] = {{Stem::imagenet, "imagenet"},
                                                {Stem::small, "small"}};
constexpr std::span<const EnumName<Stem>> enum_names(Stem) { return kStemNames; }

/// What a network has where it was published with BatchNorm.
enum class Norm {
  batch,  ///< BatchNorm
  none,   ///< its scale and shift of each channel alone: to see what it is good for
};
inline constexpr EnumName<Norm> kNormNames[] = {{Norm::batch, "batch"}, {Norm::none, "none"}};
constexpr std::span<const EnumName<Norm>> enum_names(Norm) { return kNormNames; }

/// The `model` section of a config. The numbers of outputs and of channels come from the pack.
struct ModelOptions {
  std::string name = "simple_cnn";  ///< of the catalog
  double dropout = 0;               ///< probability before the last linear layer, in [0, 1)

  // Of some networks: ModelEntry::options says which.

  Stem stem = Stem::imagenet;
  Norm norm = Norm::batch;
  std::vector<int> blocks = {};  ///< in each stage; empty: the network's own
  std::vector<int> widths = {};  ///< of the hidden layers; empty: the network's own
  double width = 1;              ///< multiplies the channels of every layer
  int growth = 0;        ///< channels that each layer of a DenseNet adds; 0: the network's own
  double drop_path = 0;  ///< stochastic depth: that of the last block, in [0, 1)
  bool zero_init_residual = false;  ///< every residual block begins as the identity
  /// Of each block only the inputs are kept for the backward pass, which computes the rest again:
  /// less memory, more time, the same bits.
  bool checkpointing = false;

  // What a new run's parameters are taken from, instead of drawn.

  std::string weights = {};      ///< a run, a checkpoint or a file; empty: nothing
  bool weights_ema = false;      ///< the average that the run or checkpoint keeps of them
  bool weights_partial = false;  ///< take those that fit, whatever is missing or unexpected
};

}  // namespace lockstep
