#pragma once

#include <string>

#include "launcher/report/inspect_json.h"

namespace lockstep {

/// A report for people, lines ended: splits, sizes and the size to train at, classes with bars or
/// targets with histograms, balance, duplicates with leaks first.
std::string report_to_text(const Pack& pack, const PackReport& report);

}  // namespace lockstep
