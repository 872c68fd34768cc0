#pragma once

#include <string>

#include "launcher/evaluation/evaluation_report.h"

namespace lockstep {

/// A line of the table that `eval` prints.
std::string eval_line(std::string_view name, std::string_view text);

/// "90.29 %  (89.70 % to 90.86 %)"; without the brackets where there is no interval.
std::string figure_text(const Metric& metric, double value, const MeasuredFigure* measured,
                        const BootstrapOptions& bootstrap);

/// What a report says beyond its headline figures `told`, in short: the worst classes, the most
/// confused pairs, calibration, errors by range, and every breakdown.
std::string report_text(const EvaluationReport& report, const std::vector<MetricValue>& told);

}  // namespace lockstep
