#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "launcher/status/run_status.h"

namespace lockstep {

/// {"run", "state", "holder", "ranks": [...], "step", "steps", "epoch", "epochs", "loss",
/// "images_per_second", "seconds_left", "metrics", "checkpoint", "failure", "stop", "job",
/// "output"}; null where something is not known.
nlohmann::json to_json(const RunStatus& status);

/// A block of lines for people, each ended.
std::string to_text(const RunStatus& status);

/// "3 s", "12 min", "5.2 h", "3.1 days".
std::string time_text(double seconds);

}  // namespace lockstep
