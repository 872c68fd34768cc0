#include "launcher/status/stop_order.h"

#include <cstdint>
#include <ctime>
#include <fcntl.h>
#include <pwd.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/checked.h"
#include "core/error.h"
#include "core/file.h"
#include "core/json_fields.h"
#include "core/json_parse.h"
#include "core/process/host_name.h"
#include "core/storage/new_file.h"
#include "core/storage/staging.h"
#include "launcher/status/run_holder.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = 1 << 16;

/// Seconds since 1970; std::nullopt where the text is not as time_now() writes it.
std::optional<std::int64_t> seconds_of(const std::string& time) {
  std::tm fields{};
  const char* end = ::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%SZ", &fields);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return ::timegm(&fields);
}

/// A network file system that remembers the names of a directory asks its server when the directory
/// is opened.
bool exists_now(const fs::path& run) {
  const UniqueFd directory(::open(run.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory && ::faccessat(directory.get(), kStopFile, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

}  // namespace

StopOrder make_stop_order() {
  const passwd* user = ::getpwuid(::geteuid());
  return {.user = user != nullptr ? user->pw_name : fmt::format("user {}", ::geteuid()),
          .host = host_name(),
          .time = time_now()};
}

std::string to_text(const StopOrder& order) {
  std::string text = order.user.empty() ? "somebody" : printable(order.user);
  if (!order.host.empty()) text += " on " + printable(order.host);
  if (!order.time.empty()) text += " at " + printable(order.time);
  return text;
}

void write_stop_order(const fs::path& run, const StopOrder& order) {
  const nlohmann::json json = {{"user", order.user}, {"host", order.host}, {"time", order.time}};
  const std::string text =
      json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  // By a name of this process's own: another may do the same at this moment.
  write_beside(run / kStopFile, [&](const fs::path& beside) { write_file(beside, text); });
}

std::optional<StopOrder> read_stop_order(const fs::path& run) {
  if (!exists_now(run)) return std::nullopt;
  try {
    const auto json = parse_json<nlohmann::json>(
        read_file(run / kStopFile, ExitCode::storage, kMostBytes), ExitCode::storage);
    const JsonFields fields(json, ExitCode::storage);
    return StopOrder{fields.text("user"), fields.text("host"), fields.text("time")};
  } catch (const Error&) {
    return StopOrder{};
  }
}

bool is_for_this_start(const StopOrder& order, const Environment& environment) {
  const auto number = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : parse_number<std::int64_t>(found->second);
  };
  if (number("SLURM_RESTART_COUNT").value_or(0) > 0) return true;
  const std::optional<std::int64_t> ordered = seconds_of(order.time);
  const std::optional<std::int64_t> begun = number("SLURM_JOB_START_TIME");
  return ordered && begun && *ordered >= *begun;
}

void clear_stop_order(const fs::path& run, const Environment& environment) {
  const std::optional<StopOrder> order = read_stop_order(run);
  if (!order || is_for_this_start(*order, environment)) return;
  std::error_code error;
  fs::remove(run / kStopFile, error);
  check(!error, ExitCode::storage,
        "cannot remove '{}', which asks the run to stop: {}; remove it, then start again",
        run / kStopFile, error.message());
}

const std::optional<StopOrder>& StopOrderWatch::order() {
  const auto now = std::chrono::steady_clock::now();
  if (order_ || now - looked_ < std::chrono::seconds(1)) return order_;
  looked_ = now;
  order_ = read_stop_order(run_);
  return order_;
}

}  // namespace lockstep
