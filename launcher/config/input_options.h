#pragma once

#include <span>

#include "core/names.h"

namespace lockstep {

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

/// What the `data` section of a config says of the network's input, and the feed need not know.
struct InputOptions {
  Normalise normalise = Normalise::pack;
};

}  // namespace lockstep
