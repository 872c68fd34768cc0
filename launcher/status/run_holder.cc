#include "launcher/status/run_holder.h"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <unistd.h>

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include "core/checked.h"
#include "core/error.h"
#include "core/json_fields.h"
#include "core/json_parse.h"
#include "core/process/host_name.h"

namespace lockstep {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// When a process began; std::nullopt where there is none of this id, or nothing but its exit code
/// is left of it.
std::optional<std::uint64_t> start_of_process(std::int64_t pid) {
  const std::string stat = first_line(fmt::format("/proc/{}/stat", pid));
  const std::size_t end_of_name = stat.rfind(')');
  if (end_of_name == std::string::npos) return std::nullopt;
  std::istringstream rest(stat.substr(end_of_name + 1));
  std::string field;
  rest >> field;
  if (field == "Z" || field == "X") return std::nullopt;
  constexpr int kStarted = 22, kState = 3;  // proc(5)
  for (int i = kState; i < kStarted; ++i) rest >> field;
  return parse_number<std::uint64_t>(field);
}

std::string value_in(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

}  // namespace

RunHolder this_process(const Environment& environment) {
  std::error_code unknown;
  return {.host = host_name(),
          .pid = ::getpid(),
          .started = start_of_process(::getpid()).value_or(0),
          .boot_id = first_line("/proc/sys/kernel/random/boot_id"),
          .pid_namespace = std::filesystem::read_symlink("/proc/self/ns/pid", unknown).string(),
          .job = value_in(environment, "SLURM_JOB_ID"),
          .cluster = value_in(environment, "SLURM_CLUSTER_NAME"),
          .restarts = parse_number<int>(value_in(environment, "SLURM_RESTART_COUNT")).value_or(0),
          .since = time_now()};
}

std::string encode(const RunHolder& holder) {
  const nlohmann::json json = {{"host", holder.host},
                               {"pid", holder.pid},
                               {"started", holder.started},
                               {"boot_id", holder.boot_id},
                               {"pid_namespace", holder.pid_namespace},
                               {"job", holder.job},
                               {"cluster", holder.cluster},
                               {"restarts", holder.restarts},
                               {"since", holder.since}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::optional<RunHolder> decode_holder(std::string_view text) {
  try {
    const auto json = parse_json<nlohmann::json>(text, ExitCode::storage);
    const JsonFields fields(json, ExitCode::storage);
    return RunHolder{.host = fields.text("host"),
                     .pid = fields.integer<std::int64_t>("pid", 1),
                     .started = fields.integer<std::uint64_t>("started"),
                     .boot_id = fields.text("boot_id"),
                     .pid_namespace = fields.text("pid_namespace"),
                     .job = fields.text("job"),
                     .cluster = fields.text("cluster"),
                     .restarts = fields.integer<int>("restarts", 0),
                     .since = fields.text("since")};
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string to_text(const RunHolder& holder) {
  std::string text = fmt::format("{}, process {}", printable(holder.host), holder.pid);
  if (!holder.job.empty()) text += fmt::format(", Slurm job {}", printable(holder.job));
  if (holder.restarts > 0) text += fmt::format(" (attempt {})", holder.restarts + 1);
  return text + fmt::format(", since {}", printable(holder.since));
}

std::optional<bool> is_there(const RunHolder& holder, const RunHolder& self) {
  if (holder.host != self.host || holder.boot_id != self.boot_id ||
      holder.pid_namespace != self.pid_namespace || holder.boot_id.empty()) {
    return std::nullopt;
  }
  return start_of_process(holder.pid) == holder.started;
}

bool is_earlier_attempt(const RunHolder& holder, const RunHolder& self) {
  return !holder.job.empty() && holder.job == self.job && holder.cluster == self.cluster &&
         holder.restarts < self.restarts;
}

std::string time_now() { return fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr))); }

}  // namespace lockstep
