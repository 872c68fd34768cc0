#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sharding/read/pack.h"

namespace lockstep {

/// A sample's label in a few words: the class's name; the number, or "age 41, mass 70" of several;
/// the flags that are set. Empty where samples have no labels.
std::string label_text(const Pack& pack, std::int64_t label, std::span<const float> targets);

}  // namespace lockstep
