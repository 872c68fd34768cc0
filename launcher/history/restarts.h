#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace lockstep {

/// The steps that a run has continued from, as its log tells: "continuing from ... (step 468)".
/// Without those of a job that goes on with other parameters, and of one that had nothing to do.
std::vector<std::int64_t> restarts_of(std::string_view log);

/// Of the first rank's log of `run`; none where there is no log, or it cannot be read.
std::vector<std::int64_t> read_restarts(const std::filesystem::path& run);

}  // namespace lockstep
