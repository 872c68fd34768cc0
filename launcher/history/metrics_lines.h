#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace lockstep {

/// No run has more steps; all whole numbers up to it are doubles.
inline constexpr double kMostMetricsSteps = 1e15;

enum class MetricsKind { step, epoch, rollback, other };

/// One line of metrics.jsonl, with the numbers that its kind needs.
struct MetricsLine {
  MetricsKind kind = MetricsKind::other;
  nlohmann::json json = {};
};

/// Throws Error(storage) that says why it is none, but not where it stands.
MetricsLine parse_metrics_line(std::string_view text);

/// The number under `key`; NaN if it is missing or not a number.
double number_in(const nlohmann::json& line, const std::string& key);

/// The lines of a file that cannot be read. The last is none of them while it has no end: a run is
/// writing it.
struct UnreadableLines {
  std::size_t count = 0;
  std::size_t first = 0;  ///< its number, from 1
  std::string why = {};   ///< of the first
};

/// "3 lines of metrics.jsonl cannot be read; the first is line 7: it is not JSON". Of none: empty.
std::string text_of(const UnreadableLines& lines);

/// Takes each line that can be read; false: no more of them.
using VisitMetrics = std::function<bool(MetricsLine&&)>;

/// Visits the lines of a text.
UnreadableLines visit_metrics_text(std::string_view text, const VisitMetrics& visit);

/// Those of a run, in the memory of a line; none where it has no metrics.jsonl. Throws Error(usage)
/// where `run` is not a directory, Error(storage) where its metrics cannot be read.
UnreadableLines visit_metrics(const std::filesystem::path& run, const VisitMetrics& visit);

}  // namespace lockstep
