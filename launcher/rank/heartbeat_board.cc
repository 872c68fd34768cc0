#include "launcher/rank/heartbeat_board.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "core/errno_text.h"
#include "core/error.h"
#include "core/file.h"
#include "core/json_fields.h"
#include "core/json_parse.h"

namespace lockstep {
namespace {

constexpr std::size_t kLine = 512;
constexpr std::size_t kMostText = 80;  // bytes of a host or a phase

std::string encode(const Heartbeat& heartbeat) {
  const nlohmann::json json = {{"tick", heartbeat.tick},
                               {"host", heartbeat.host.substr(0, kMostText)},
                               {"pid", heartbeat.pid},
                               {"beats", heartbeat.pulse.beats},
                               {"collective", heartbeat.pulse.collectives},
                               {"waits", heartbeat.pulse.waits},
                               {"operation", heartbeat.collective.substr(0, kMostText)},
                               {"step", heartbeat.step},
                               {"phase", heartbeat.phase.substr(0, kMostText)},
                               {"done", heartbeat.done}};
  std::string line =
      json.dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
  line.resize(kLine - 1, ' ');
  return line + "\n";
}

std::optional<Heartbeat> decode(std::string_view line) {
  try {
    const auto json = parse_json<nlohmann::json>(line, ExitCode::storage);
    const JsonFields<nlohmann::json> fields(json, ExitCode::storage);
    return Heartbeat{.tick = fields.integer<std::uint64_t>("tick"),
                     .host = fields.text("host"),
                     .pid = fields.integer<std::int64_t>("pid"),
                     .pulse = {.beats = fields.integer<std::uint64_t>("beats"),
                               .collectives = fields.integer<std::uint64_t>("collective"),
                               .waits = fields.at("waits") == true},
                     .collective = fields.text("operation"),
                     .step = fields.integer<std::int64_t>("step"),
                     .phase = fields.text("phase"),
                     .done = fields.at("done") == true};
  } catch (const Error&) {
    return std::nullopt;  // being written just now, or of another version
  }
}

std::filesystem::path file_in(const std::filesystem::path& run) { return run / "heartbeat"; }

UniqueFd open_board(const std::filesystem::path& path, int flags) {
  UniqueFd fd(::open(path.c_str(), flags | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  check(static_cast<bool>(fd), ExitCode::storage, "cannot open '{}': {}", path, errno_text(errno));
  return fd;
}

}  // namespace

HeartbeatBoard::HeartbeatBoard(const std::filesystem::path& run, int rank, int ranks)
    : path_(file_in(run)), rank_(rank), ranks_(ranks) {}

// A network file system shows what was written before a file was closed to who opens it later.

void HeartbeatBoard::write(const Heartbeat& heartbeat) const {
  const std::string line = encode(heartbeat);
  const UniqueFd fd = open_board(path_, O_WRONLY);
  const ssize_t written =
      ::pwrite(fd.get(), line.data(), line.size(), static_cast<off_t>(kLine) * rank_);
  check(written == static_cast<ssize_t>(line.size()), ExitCode::storage, "cannot write '{}': {}",
        path_, errno_text(errno));
}

std::vector<std::optional<Heartbeat>> HeartbeatBoard::read() const {
  std::string text(kLine * static_cast<std::size_t>(ranks_), '\0');
  const UniqueFd fd = open_board(path_, O_RDONLY);
  const ssize_t size = ::pread(fd.get(), text.data(), text.size(), 0);
  check(size >= 0, ExitCode::storage, "cannot read '{}': {}", path_, errno_text(errno));
  std::vector<std::optional<Heartbeat>> heartbeats(static_cast<std::size_t>(ranks_));
  for (std::size_t rank = 0; rank < heartbeats.size(); ++rank) {
    heartbeats[rank] = decode(std::string_view(text).substr(rank * kLine, kLine));
  }
  return heartbeats;
}

void HeartbeatBoard::reset(const std::filesystem::path& run) {
  open_board(file_in(run), O_WRONLY | O_TRUNC);
}

}  // namespace lockstep
