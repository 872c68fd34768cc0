#pragma once

#include <string>
#include <vector>

#include "launcher/report/diagnosis.h"
#include "launcher/run_report/reported_run.h"
#include "launcher/run_report/run_groups.h"

namespace lockstep {

/// A row for each run, the best first; it sorts and filters.
std::string runs_table_html(const std::vector<ReportedRun>& runs,
                            const std::vector<RunScore>& scores,
                            const std::vector<RunGroup>& groups);

/// A row for each group: its score, and the settings in which groups differ, marked where they are
/// not those of most. Empty where there is one group.
std::string groups_table_html(const std::vector<ReportedRun>& runs,
                              const std::vector<RunGroup>& groups);

/// What a group, one of whose runs is `first`, has come to in its last epoch, by the means of its
/// runs; std::nullopt where it has no value of training. `test`: on the test split, where that was
/// evaluated, and half of its interval.
std::optional<Outcome> outcome_of(const RunGroup& group, const ReportedRun& first,
                                  std::optional<double> test, double test_uncertainty = 0);

/// Where a group of runs stands.
struct GroupOutcome {
  std::string name;
  Outcome outcome;
};
/// Goal, training, validation and test of each.
std::string outcomes_table_html(const std::vector<GroupOutcome>& outcomes);
/// What to try next with each, as a list.
std::string verdicts_html(const std::vector<GroupOutcome>& outcomes);

/// Where the figures come from: run, checkpoint, pack, versions.
std::string provenance_html(const std::vector<ReportedRun>& runs);

/// The whole config of each group, which unfolds.
std::string configs_html(const std::vector<ReportedRun>& runs, const std::vector<RunGroup>& groups);

}  // namespace lockstep
