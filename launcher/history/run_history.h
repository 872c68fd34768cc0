#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/history/metrics_lines.h"
#include "launcher/history/metrics_table.h"

namespace lockstep {

/// The training went back to a step (trainer/guard).
struct RollbackLine {
  double number = 0;  ///< NaN: it is not told
  double step = 0;
  std::string reason = {};
};

/// The lines of a run's metrics.jsonl, by kind, in their order.
struct RunHistory {
  MetricsTable epochs = {};
  MetricsTable steps = {};
  std::vector<RollbackLine> rollbacks = {};
  UnreadableLines unreadable = {};

  bool is_empty() const { return epochs.empty() && steps.empty(); }
};

RunHistory history_of(std::string_view lines);

/// That of a run; empty where it has no metrics.jsonl. Throws as visit_metrics.
RunHistory read_history(const std::filesystem::path& run);

/// The metric that a history is best told by, without its split: "accuracy"; empty where there is
/// none but the loss.
std::string main_metric(const RunHistory& history);

}  // namespace lockstep
