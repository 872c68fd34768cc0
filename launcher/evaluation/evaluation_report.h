#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/calibration.h"
#include "analysis/confusion.h"
#include "analysis/errors.h"
#include "analysis/figures.h"
#include "analysis/scored_samples.h"
#include "trainer/task/metric.h"
#include "trainer/task/task_spec.h"

namespace lockstep {

/// What samples are told apart by: a column of a table, as it were.
struct SampleColumn {
  std::string name;                    ///< "folder"
  std::vector<std::string> groups;     ///< in the order in which they are told
  std::vector<std::size_t> of_sample;  ///< the group of each
};

/// The groups of `values` are its different values, in bytewise order.
SampleColumn make_column(std::string name, std::span<const std::string> values);

struct MeasureOptions {
  Decisions decisions = {};
  BootstrapOptions bootstrap = {};
};

/// Those of the samples of a group.
struct GroupFigures {
  std::string name;
  std::size_t count = 0;
  MeasuredFigures figures;
};

struct Breakdown {
  std::string column;
  std::vector<GroupFigures> groups;  ///< without those that have no sample
};

/// All that is measured of a model on a split. What does not fit the task is empty.
struct EvaluationReport {
  TaskSpec task;
  BootstrapOptions bootstrap;
  MeasuredFigures figures = {};
  std::vector<Found> found = {};                      ///< of classes and labels
  std::optional<Confusion> confusion = {};            ///< of classes
  std::optional<Calibration> calibration = {};        ///< of classes and labels
  std::optional<Temperature> temperature = {};        ///< likewise
  std::vector<std::vector<RangeErrors>> ranges = {};  ///< of each number
  std::vector<Breakdown> breakdowns = {};
};

/// Of at least one sample.
EvaluationReport make_report(const TaskSpec& task, const ScoredSamples& samples,
                             const MeasureOptions& options, std::span<const SampleColumn> columns);

/// What a model of that kind is measured by.
std::unique_ptr<Figures> figures_of(TaskKind kind, const ScoredSamples& samples,
                                    const Decisions& decisions, Breadth breadth);

/// How a figure is told, by its name.
Metric metric_of_figure(const std::string& name);

}  // namespace lockstep
