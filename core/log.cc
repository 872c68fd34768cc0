#include "core/log.h"

#include <utility>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include "core/error.h"
#include "core/file.h"

namespace lockstep {
namespace {

spdlog::sink_ptr stderr_sink() {
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  sink->set_pattern("%H:%M:%S %^%L%$ %v");
  sink->set_level(spdlog::level::info);
  return sink;
}

spdlog::sink_ptr file_sink(const std::filesystem::path& path) {
  try {
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

std::shared_ptr<spdlog::logger> make_rank_logger(const std::filesystem::path& directory, int rank) {
  make_directories(directory);
  const std::string name = fmt::format("rank_{:03}", rank);
  auto logger = std::make_shared<spdlog::logger>(name, file_sink(directory / (name + ".log")));
  if (rank == 0) logger->sinks().push_back(stderr_sink());
  logger->set_level(spdlog::level::debug);
  logger->flush_on(spdlog::level::debug);
  return logger;
}

}  // namespace lockstep
