#pragma once

#include <string>
#include <vector>

#include "launcher/page/curve_chart.h"
#include "launcher/run_report/reported_run.h"
#include "launcher/run_report/run_groups.h"

namespace lockstep {

/// A value in the lines of steps and in those of epochs; empty: it is not in these.
struct ChartKey {
  std::string of_steps;
  std::string of_epochs;
};

/// Of one run its values, from steps where they are logged, else from epochs; of several that have
/// the same steps the means, and bands from the least to the greatest. A value that is no number is
/// left out of a mean.
std::vector<CurvePoint> points_of(const std::vector<const RunHistory*>& histories,
                                  const ChartKey& key);

/// Where in its epochs a run was at `step`.
double epoch_at(const RunHistory& history, double step);

/// Charts of losses, the main metric, the rate and the throughput of the first so many groups.
/// Empty where no run has a metric.
std::string charts_html(const std::vector<ReportedRun>& runs, const std::vector<RunGroup>& groups);

}  // namespace lockstep
