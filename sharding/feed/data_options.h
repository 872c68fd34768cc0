#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/names.h"
#include "imaging/augment/augment_options.h"
#include "sharding/feed/sample_order.h"

namespace lockstep {

enum class Shuffle {
  full,   ///< every order of the samples is as likely as any other
  block,  ///< nearly in sequence, for disks: see block_shuffle
};
inline constexpr EnumName<Shuffle> kShuffleNames[] = {
    {Shuffle::full, "full"},
    {Shuffle::block, "block"},
};
constexpr std::span<const EnumName<Shuffle>> enum_names(Shuffle) { return kShuffleNames; }

/// What is done about classes of different sizes.
enum class Balance {
  none,
  oversample,  ///< an epoch holds as many samples of one class as of any other
  weights,     ///< a sample counts in the loss by the inverse of its class's size
};
inline constexpr EnumName<Balance> kBalanceNames[] = {
    {Balance::none, "none"},
    {Balance::oversample, "oversample"},
    {Balance::weights, "weights"},
};
constexpr std::span<const EnumName<Balance>> enum_names(Balance) { return kBalanceNames; }

/// What pixels are when the network sees them.
enum class Normalise {
  pack,   ///< (white = 1) less a mean and divided by a std, of which DataOptions says more
  pixel,  ///< white = 1
  none,   ///< 0 to 255
};
inline constexpr EnumName<Normalise> kNormaliseNames[] = {
    {Normalise::pack, "pack"},
    {Normalise::pixel, "pixel"},
    {Normalise::none, "none"},
};
constexpr std::span<const EnumName<Normalise>> enum_names(Normalise) { return kNormaliseNames; }

/// The `data` section of a config.
struct DataOptions {
  // What is read.

  std::string pack;  ///< the pack's directory; relative to where the command runs
  std::vector<std::string> train = {"train"};  ///< names of the splits to train on, one after the
                                               ///< other
  std::string valid = "valid";  ///< name of the split to evaluate on; empty: no evaluation
  /// Names of the classes that the model tells apart, in the order of its outputs; samples of
  /// others are left out. Empty: all of the pack.
  std::vector<std::string> classes = {};
  std::uint64_t limit = 0;  ///< train on this many of these samples only, evenly spread; 0: all

  // In which order, and how often.

  Shuffle shuffle = Shuffle::full;
  BlockShuffleOptions block_shuffle;  ///< of Shuffle::block
  Balance balance = Balance::none;

  // How an image is prepared for the network.

  int image_size = 0;  ///< height and width of the network's input, in pixels; 0: those of the
                       ///< split's first sample
  int channels = 0;    ///< of the network's input, 1 or 3; 0: those of the pack
  Normalise normalise = Normalise::pack;
  /// Per channel, or one for all, white = 1; both empty: those of model.weights, else the pack's.
  std::vector<float> mean = {};
  std::vector<float> std = {};
  AugmentOptions augment;

  // How it is prepared. These cannot change the numbers.

  /// Prefetch threads of each rank; 0: images are made when they are asked for; std::nullopt: as
  /// many as a rank's share of the cores, but for one.
  std::optional<int> workers;
  int prefetch = 4;  ///< batches that are ready ahead of the one in use, at least one per worker;
                     ///< the memory of a rank's images is one more
  /// A directory on a disk of each node into which the pack is copied first; empty: none.
  std::string stage = {};
  bool stage_keep = true;  ///< the copy stays there for the next job
};

}  // namespace lockstep
