#pragma once

#include <filesystem>
#include <vector>

#include "launcher/history/history_report.h"

namespace lockstep {

/// {"runs": [{"run", "steps", "epochs", "rollbacks", "unreadable"}]}, each line as it is in
/// metrics.jsonl, in the memory of the epochs alone. Throws as visit_metrics.
void print_json(const std::vector<std::filesystem::path>& runs, const TextSink& print);

}  // namespace lockstep
