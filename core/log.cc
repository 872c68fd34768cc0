#include "core/log.h"

#include <string>
#include <unistd.h>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include "core/error.h"
#include "core/file.h"
#include "core/printable.h"

namespace lockstep {
namespace {

/// The message, whatever it holds, without power over a terminal.
class PrintableMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& line) override {
    const std::string text = printable_lines({message.payload.data(), message.payload.size()});
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PrintableMessage>();
  }
};

/// Lines of `pattern`, in which %* is the message.
std::unique_ptr<spdlog::formatter> line_formatter(std::string pattern) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PrintableMessage>('*').set_pattern(std::move(pattern));
  return formatter;
}

spdlog::sink_ptr stderr_sink() {
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  const std::string clear_line = ::isatty(STDERR_FILENO) == 1 ? "\x1b[K" : "";
  sink->set_formatter(line_formatter(clear_line + "%H:%M:%S %^%L%$ %*"));
  sink->set_level(spdlog::level::info);
  return sink;
}

spdlog::sink_ptr file_sink(const std::filesystem::path& path) {
  try {
    open_for_appending(path);  // spdlog would follow a link, and wait at a pipe
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
    sink->set_formatter(line_formatter("%Y-%m-%d %H:%M:%S.%e %L %*"));
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
