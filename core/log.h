#pragma once

#include <filesystem>
#include <memory>

#include <spdlog/logger.h>

namespace lockstep {

/// A logger on stderr: stdout belongs to a command's result. Thread-safe, not registered anywhere:
/// pass it on.
std::shared_ptr<spdlog::logger> make_console_logger();

/// The logger of one rank: it appends to `directory`/rank_000.log (made where missing), and rank
/// 0's also prints on stderr what is at least `info`. Every line is flushed, so that a kill loses
/// none. Thread-safe, not registered anywhere. Throws Error(storage).
std::shared_ptr<spdlog::logger> make_rank_logger(const std::filesystem::path& directory, int rank);

}  // namespace lockstep
