#pragma once

#include <filesystem>
#include <memory>

#include <spdlog/logger.h>

namespace lockstep {

/// A logger on stderr: stdout belongs to a command's result. On a terminal each line first clears
/// the one it is written over (a progress bar's). Thread-safe, not registered anywhere: pass it on.
/// Messages are made printable line by line; a name from outside that may hold a newline is given
/// as printable(name), or in message(…).
std::shared_ptr<spdlog::logger> make_console_logger();

/// `logger`'s messages, from `debug` on, go to the end of this file too; its directory is made
/// where missing. Every line is flushed, so that a kill loses none. Call it before other threads
/// log. Throws Error(storage).
void add_log_file(spdlog::logger& logger, const std::filesystem::path& path);

}  // namespace lockstep
