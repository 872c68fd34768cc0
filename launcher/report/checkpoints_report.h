#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "checkpoint/manifest.h"
#include "checkpoint/reader.h"

namespace lockstep {

/// One checkpoint, as `lockstep checkpoints` reports it.
struct CheckpointReport {
  std::int64_t step = 0;
  std::string problem;  ///< why it does not verify; empty: it does, and `manifest` is meaningful
  Manifest manifest;
  bool best = false;
};

/// The checkpoints of a run, oldest first, and the names of what was set aside beside them.
struct CheckpointsReport {
  std::vector<CheckpointReport> checkpoints;
  std::vector<std::string> set_aside;  ///< `….corrupt`, `….superseded`
};

/// Reads and verifies every checkpoint of `run`, one at a time. Throws Error(usage) where `run` is
/// no run directory.
/// `check` is what training asks of them beside.
CheckpointsReport report_checkpoints(const std::filesystem::path& run,
                                     const CheckpointCheck& check = {});

/// {"checkpoints": [{step, valid, state_digest, bytes, metrics, best} or {step, valid, problem}],
/// "set_aside": [...]}
nlohmann::json to_json(const CheckpointsReport& report);

/// A table for people, lines ended.
std::string to_text(const CheckpointsReport& report);

}  // namespace lockstep
