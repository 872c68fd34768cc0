#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/names.h"

namespace lockstep {

/// How a split keeps its samples.
enum class Encoding {
  raw,      ///< pixels: height x width x channels bytes
  encoded,  ///< JPEG, PNG or WebP files
  /// What a network makes of images: float32 numbers, as many of each sample (`lockstep features`).
  features,
};
inline constexpr EnumName<Encoding> kEncodingNames[] = {
    {Encoding::raw, "raw"},
    {Encoding::encoded, "encoded"},
    {Encoding::features, "features"},
};
constexpr std::span<const EnumName<Encoding>> enum_names(Encoding) { return kEncodingNames; }

/// What a pack's index says about one sample.
struct SampleRecord {
  std::uint64_t offset = 0;  ///< of its bytes, in the shard's /bytes
  std::uint32_t size = 0;    ///< in bytes
  std::uint32_t height = 0;  ///< in pixels; of features 1
  std::uint32_t width = 0;   ///< in pixels; of features their number
  std::uint8_t channels = 0;
  std::uint64_t hash = 0;  ///< XXH3 of the bytes
};

/// One sample as it is stored. Made to be read into again and again: its vectors keep their memory.
struct Sample {
  SampleRecord record;
  std::vector<std::byte> bytes;  ///< [record.size]
  std::int64_t label = -1;       ///< the class; -1 where the split has none
  std::vector<float> targets;    ///< regression values or multi-label bits; empty for classes
};

}  // namespace lockstep
