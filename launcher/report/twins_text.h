#pragma once

#include <string>

#include "sharding/survey/duplicates.h"

namespace lockstep {

/// Duplicates for people, lines ended: counts, then leaks, label conflicts and repeats by name, the
/// first of each; `--json` has all.
std::string duplicates_text(const Pack& pack, DuplicateSearch::Depth depth,
                            const DuplicateReport& report);

}  // namespace lockstep
