#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/names.h"
#include "launcher/config/config.h"
#include "launcher/rank/rank_context.h"

namespace lockstep {

/// What becomes of a layer's output that has a place for each part of the image.
enum class Pooling {
  mean,  ///< the mean over the image: a number for each channel
  none,  ///< all numbers: channel after channel, and row after row in each
};
inline constexpr EnumName<Pooling> kPoolingNames[] = {{Pooling::mean, "mean"},
                                                      {Pooling::none, "none"}};
constexpr std::span<const EnumName<Pooling>> enum_names(Pooling) { return kPoolingNames; }

/// `lockstep features`, as given on the command line.
struct FeaturesJob {
  Config config;
  std::filesystem::path out;        ///< the pack's directory
  std::string layer;                ///< by its name; empty: what the head takes
  Pooling pool = Pooling::mean;     ///< of a layer
  int views = 0;                    ///< augmented ones of each training sample; 0: plain
  std::vector<std::string> splits;  ///< of the pack; empty: all
  std::uint64_t shard_bytes = std::uint64_t{1} << 30;
  bool force = false;  ///< replace an older pack of features
};

/// One rank: runs the network up to the layer once over the splits of the config's pack.
/// Collective; rank 0 writes the pack, with the same bytes whatever the number of ranks. Throws
/// Error(usage) where config and job do not fit, Error(data), Error(storage).
ExitCode run_features_rank(const FeaturesJob& job, RankContext& context);

}  // namespace lockstep
