#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/paired.h"
#include "launcher/evaluation/evaluation_report.h"

namespace lockstep {

/// A second model on the same samples.
struct ComparisonReport {
  std::string name;  ///< of the second model
  MeasuredFigures second;
  MeasuredFigures difference;            ///< those of the second less those of the first
  std::optional<PairedOutcome> outcome;  ///< of classes and labels
  /// The samples about which the models say different things, in their order; of numbers all, those
  /// first whose error changes most.
  std::vector<std::size_t> changed;
};

ComparisonReport compare(const std::string& name, const TaskSpec& task, const ScoredSamples& first,
                         const ScoredSamples& second, const MeasureOptions& options);

/// Two samples of one number: what each model says of it.
struct ComparedSamples {
  const ScoredSamples& first;
  const ScoredSamples& second;
  const Decisions& decisions;
};

nlohmann::json comparison_json(const ComparisonReport& report, const TaskSpec& task,
                               const ComparedSamples& samples, const BootstrapOptions& bootstrap);
std::string comparison_text(const ComparisonReport& report, const TaskSpec& task,
                            const ComparedSamples& samples, const BootstrapOptions& bootstrap);
/// The samples that changed, as a CSV table (RFC 4180): number, source, change ("fixed", "broken",
/// "other"; of numbers, by how much the mean absolute error changes), truth, first, second.
std::string comparison_table(const ComparisonReport& report, const TaskSpec& task,
                             const ComparedSamples& samples);

}  // namespace lockstep
