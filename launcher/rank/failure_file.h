#pragma once

#include <filesystem>
#include <string>

#include "launcher/job/parent_protocol.h"

namespace lockstep {

/// RUN/failure.json: why the newest attempt ended early, for machines: rank, host, step, phase,
/// exit code, message, time, and the last lines of the logs of the first 64 ranks and of that one.
inline constexpr const char* kFailureFile = "failure.json";

/// Writes it for a job of `ranks`. Of several ranks that fail together the first one that knows its
/// cause stays. Never throws: the failure itself matters more.
void write_failure(const std::filesystem::path& run, const FailureEvent& failure,
                   int ranks) noexcept;

/// The file in RUN/logs of a rank: "rank_003.log".
std::string rank_log_name(int rank);

/// Removes that of the attempt before.
void clear_failure(const std::filesystem::path& run);

}  // namespace lockstep
