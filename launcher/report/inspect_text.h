#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "launcher/report/inspect_json.h"

namespace lockstep {

/// A report for people, lines ended: splits, sizes and the size to train at, classes with bars or
/// targets with histograms, balance, duplicates with leaks first.
std::string report_to_text(const Pack& pack, const PackReport& report);

/// A sample's label in a few words: the class's name, numbers, or the flags that are set. Empty
/// where samples have none.
std::string label_text(const Pack& pack, std::int64_t label, std::span<const float> targets);

/// The name of the i-th target or flag.
std::string target_name(const Pack& pack, std::size_t i);

}  // namespace lockstep
