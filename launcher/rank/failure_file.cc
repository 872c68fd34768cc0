#include "launcher/rank/failure_file.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <exception>
#include <fstream>
#include <string>
#include <system_error>

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"

namespace lockstep {
namespace {

constexpr std::size_t kLastLines = 20;
constexpr std::uint64_t kLastBytes = 16 << 10;
/// Whose logs are read: where many ranks fail at once, each reads them.
constexpr int kMostLogs = 64;

/// The last lines of a log, whose first may be cut.
nlohmann::json last_lines(const std::filesystem::path& log) {
  std::ifstream file(log, std::ios::binary);
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(log, error);
  if (!error && size > kLastBytes) file.seekg(static_cast<std::streamoff>(size - kLastBytes));
  std::deque<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
    if (lines.size() > kLastLines) lines.pop_front();
  }
  return lines;
}

/// Whether a rank has said more than that another is gone.
bool knows_cause(const std::filesystem::path& path) {
  std::ifstream file(path);
  const auto json = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  return json.is_object() && json.value("exit_code", 0) != static_cast<int>(ExitCode::rank_lost);
}

}  // namespace

void write_failure(const std::filesystem::path& run, const FailureEvent& failure,
                   int ranks) noexcept {
  try {
    const std::filesystem::path path = run / kFailureFile;
    if (std::filesystem::exists(path) &&
        (failure.code == static_cast<int>(ExitCode::rank_lost) || knows_cause(path))) {
      return;
    }
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    nlohmann::json logs;
    const auto add_log = [&](int rank) {
      logs[std::to_string(rank)] = last_lines(run / "logs" / rank_log_name(rank));
    };
    for (int rank = 0; rank < std::min(ranks, kMostLogs); ++rank) add_log(rank);
    if (failure.rank >= kMostLogs) add_log(failure.rank);
    const nlohmann::json json = {{"rank", failure.rank},
                                 {"host", failure.host},
                                 {"step", failure.step},
                                 {"phase", failure.phase},
                                 {"exit_code", failure.code},
                                 {"message", failure.message},
                                 {"time", fmt::format("{:%FT%TZ}", fmt::gmtime(now))},
                                 {"log", std::move(logs)}};
    replace_file(path, json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  } catch (const std::exception&) {
    return;
  }
}

std::string rank_log_name(int rank) { return fmt::format("rank_{:03}.log", rank); }

void clear_failure(const std::filesystem::path& run) {
  std::error_code ignored;
  std::filesystem::remove(run / kFailureFile, ignored);
}

}  // namespace lockstep
