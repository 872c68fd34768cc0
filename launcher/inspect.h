#pragma once

#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "launcher/command_line.h"
#include "sharding/pack_summary.h"

namespace lockstep {

/// {"fingerprint", "encoding", "label_kind", "channels", "mean", "std", "options", "classes":
/// [name…], "splits": {name:
/// {"samples", "shards", "image_bytes", "file_bytes", "height": [min, max], "width": [min, max],
/// "class_samples": […]}}}
nlohmann::ordered_json inspect_to_json(const Pack& pack, std::span<const SplitSummary> splits);

/// The same for people: a table of splits and a bar for each class, lines ended.
std::string inspect_to_text(const Pack& pack, std::span<const SplitSummary> splits);

/// `lockstep inspect`: prints what a pack holds on stdout, from pack.json and the indexes.
ExitCode run_inspect(const InspectCommand& command);

}  // namespace lockstep
