#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace lockstep {

/// The lines of a run's metrics.jsonl, by kind, in their order.
struct RunHistory {
  std::vector<nlohmann::json> epochs = {};
  std::vector<nlohmann::json> steps = {};
  std::vector<nlohmann::json> rollbacks = {};

  bool is_empty() const { return epochs.empty() && steps.empty(); }
};

/// Lines that are none are passed over: the last may be half-written.
RunHistory history_of(std::string_view lines);

/// That of a run; empty where it has no metrics.jsonl. Throws Error(usage) where `run` is not a
/// directory, or its metrics cannot be read.
RunHistory read_history(const std::filesystem::path& run);

/// The number of a line; NaN where it is not there, or is no number.
double number_in(const nlohmann::json& line, const std::string& key);

/// The metric that a history is best told by, without its split: "accuracy"; empty where there is
/// none but the loss.
std::string main_metric(const RunHistory& history);

}  // namespace lockstep
