#pragma once

#include <span>
#include <string>

namespace lockstep {

/// A small chart for a terminal: a bar of eight heights for each number, the largest being full.
/// What is below 0 or not finite is as 0.
std::string bars(std::span<const double> numbers);

}  // namespace lockstep
