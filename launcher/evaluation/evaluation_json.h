#pragma once

#include <nlohmann/json.hpp>

#include "launcher/evaluation/evaluation_report.h"

namespace lockstep {

/// Adds all of a report to the JSON of an evaluation; keys that are there stay. What is undefined
/// is null.
void add_report(nlohmann::json& json, const EvaluationReport& report, const ScoredSamples& samples);

/// Adds figures by their names, and under "intervals" where they lie, if there are intervals.
void add_figures(nlohmann::json& json, const std::vector<MeasuredFigure>& figures,
                 const BootstrapOptions& bootstrap);

}  // namespace lockstep
