#include "launcher/status/heartbeats.h"

#include <algorithm>
#include <system_error>

#include <sys/stat.h>

#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::uintmax_t kLine = 512;  // of the board: one rank
constexpr std::uintmax_t kMostRanks = 1 << 16;

std::filesystem::path board_of(const std::filesystem::path& run) { return run / "heartbeat"; }

}  // namespace

Heartbeats read_heartbeats(const std::filesystem::path& run) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(board_of(run), error);
  if (error || bytes == 0) return {};
  const auto ranks = static_cast<int>(std::min((bytes + kLine - 1) / kLine, kMostRanks));
  try {
    return HeartbeatBoard(run, 0, ranks).read();
  } catch (const Error&) {
    return {};
  }
}

bool all_have_ended(const Heartbeats& heartbeats) {
  return !heartbeats.empty() &&
         std::ranges::all_of(heartbeats, [](const auto& one) { return one && one->done; });
}

std::optional<std::chrono::seconds> heartbeat_age(const std::filesystem::path& run) {
  struct stat status {};
  if (::stat(board_of(run).c_str(), &status) != 0) return std::nullopt;
  const auto written = std::chrono::system_clock::from_time_t(status.st_mtim.tv_sec);
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() - written);
}

void HeartbeatWatch::look(Heartbeats heartbeats, Clock::time_point now) {
  if (heartbeats == last_) return;
  // A line that is being written just now reads as none.
  for (std::size_t i = 0; i < std::min(heartbeats.size(), last_.size()); ++i) {
    if (heartbeats[i] && last_[i] && heartbeats[i]->tick != last_[i]->tick) moved_ = true;
  }
  changed_ = now;
  last_ = std::move(heartbeats);
}

}  // namespace lockstep
