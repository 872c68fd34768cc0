#pragma once

#include <functional>
#include <string>
#include <vector>

#include "launcher/run_report/reported_run.h"
#include "launcher/run_report/run_score.h"

namespace lockstep {

/// Runs that differ in the seed alone: one line in a chart.
struct RunGroup {
  std::string name = {};  ///< of one run its own; of several what sets them apart from other groups
  std::vector<std::size_t> runs = {};  ///< their places, the best first
  RunScore score = {};                 ///< the means of theirs, where a number tells
  std::optional<Spread> best = {};     ///< of their best values
  std::optional<Spread> valid = {};    ///< of their last ones on the validation split
};

/// What the settings of a run say of a key: "unset" where it has no effect.
std::string setting_of(const ReportedRun& run, const std::string& key);

/// The keys, in the order of a config, that have not the same value in all runs whose config is
/// known.
std::vector<std::string> differing_keys(const std::vector<ReportedRun>& runs);

/// The runs, the best group first; those without a score come last, in the order of `runs`.
std::vector<RunGroup> groups_of(const std::vector<ReportedRun>& runs,
                                const std::vector<RunScore>& scores);

}  // namespace lockstep
