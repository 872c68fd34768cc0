#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sharding/format/index_record.h"

namespace lockstep {

/// A sample's label in a few words: the class's name; the number, or "age 41, mass 70" of several;
/// the flags that are set. Empty where samples have no labels. `names` are what classes, numbers or
/// flags are called: Pack::label_names().
std::string label_text(LabelKind kind, std::span<const std::string> names, std::int64_t label,
                       std::span<const float> targets);

}  // namespace lockstep
