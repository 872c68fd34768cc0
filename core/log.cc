#include "core/log.h"

#include <string>
#include <unistd.h>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include "core/error.h"
#include "core/file.h"

namespace lockstep {
namespace {

spdlog::sink_ptr stderr_sink() {
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  const std::string clear_line = ::isatty(STDERR_FILENO) == 1 ? "\x1b[K" : "";
  sink->set_pattern(clear_line + "%H:%M:%S %^%L%$ %v");
  sink->set_level(spdlog::level::info);
  return sink;
}

spdlog::sink_ptr file_sink(const std::filesystem::path& path) {
  try {
    open_for_appending(path);  // spdlog would follow a link, and wait at a pipe
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
    sink->set_pattern("%Y-%m-%d %H:%M:%S.%e %L %v");
    return sink;
  } catch (const spdlog::spdlog_ex& error) {
    fail(ExitCode::storage, "cannot open the log file '{}': {}", path.string(), error.what());
  }
}

}  // namespace

std::shared_ptr<spdlog::logger> make_console_logger() {
  return std::make_shared<spdlog::logger>("console", stderr_sink());
}

void add_log_file(spdlog::logger& logger, const std::filesystem::path& path) {
  make_directories(path.parent_path());
  logger.sinks().push_back(file_sink(path));
  logger.set_level(spdlog::level::debug);
  logger.flush_on(spdlog::level::debug);
}

}  // namespace lockstep
