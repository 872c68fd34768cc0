#pragma once

#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// The one of `known` that was probably meant by `given`, as the end of a message: "; did you mean
/// 'train'?". Empty where none is near.
std::string did_you_mean(std::string_view given, std::span<const std::string> known);

/// The fewest insertions, deletions, replacements and swaps of neighbours that make `b` of `a`
/// (optimal string alignment).
int edit_distance(std::string_view a, std::string_view b);

}  // namespace lockstep
