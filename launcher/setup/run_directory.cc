#include "launcher/setup/run_directory.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "core/json_parse.h"
#include "core/log.h"
#include "launcher/config/config_yaml.h"
#include "launcher/rank/failure_file.h"
#include "launcher/status/run_lock.h"
#include "sharding/format/pack_manifest.h"

namespace lockstep {
namespace {

/// Whether a line of metrics is of something done by `position`; std::nullopt: it is no JSON object
/// with a step.
std::optional<bool> is_before(std::string_view line, const MetricsPosition& position) {
  nlohmann::json json;
  try {
    json = parse_json<nlohmann::json>(line, ExitCode::storage);
  } catch (const Error&) {
    return std::nullopt;
  }
  if (!json.is_object()) return std::nullopt;
  const auto number = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_unsigned() ? found->get<double>() : HUGE_VAL;
  };
  if (number("step") == HUGE_VAL) return std::nullopt;
  if (number("step") > static_cast<double>(position.step)) return false;
  const nlohmann::json kind = json.value("kind", nlohmann::json());
  if (kind == "rollback") return number("number") <= static_cast<double>(position.rollbacks);
  return kind != "epoch" || number("epoch") <= static_cast<double>(position.evaluated_epochs);
}

}  // namespace

FileLock RunDirectory::lock() const {
  RunLockRequest request = request_of(current_environment());
  request.tell = [](const std::string& text) {
    std::fputs(("lockstep: " + text + "\n").c_str(), stderr);
  };
  return take_run_lock(path_, request);
}

void RunDirectory::check_in_place(const FileLock& lock) const {
  if (lock.is_in_place()) return;
  const std::string text = FileLock::holder(path_ / kRunLock);
  const std::optional<RunHolder> other = decode_holder(text);
  check(!other.has_value(), ExitCode::storage,
        "another job ({}) has taken over the run directory '{}' while this one showed no sign of "
        "life, or the directory was replaced; nothing more is saved",
        other ? to_text(*other) : "", path_.string());
  fail(ExitCode::storage,
       "the run directory '{}' was moved or removed while the job used it, so nothing more is "
       "saved. `lockstep train DIR` continues the run where it is now",
       path_.string());
}

std::optional<Config> RunDirectory::saved_config() const {
  std::error_code unreadable;  // reading it says why
  if (!std::filesystem::exists(config_file(), unreadable) && !unreadable) return std::nullopt;
  return parse_config(read_file(config_file(), ExitCode::usage, 1 << 20), config_file().string());
}

void RunDirectory::save_config(const Config& config) const {
  replace_file(config_file(),
               "# Resolved by lockstep. `lockstep train` with the directory of this "
               "file continues the run.\n" +
                   to_yaml(config));
}

void RunDirectory::begin_metrics(std::span<const nlohmann::json> history) const {
  std::string text;
  for (const nlohmann::json& line : history) text += line.dump() + "\n";
  replace_file(metrics_file(), text);
}

void check_outside_packs(const RunDirectory& run) {
  const std::filesystem::path pack = find_pack_around(run.path() / "lock");
  check(pack.empty(), ExitCode::usage,
        "run.dir '{}' is in the pack '{}', whose directory is the pack's alone: choose another "
        "run.dir",
        run.path().string(), pack.string());
}

void add_rank_log(spdlog::logger& log, const RunDirectory& run, int rank) {
  add_log_file(log, run.logs() / rank_log_name(rank));
}

CutMetrics cut_metrics(std::string_view text, const MetricsPosition& position) {
  CutMetrics cut;
  std::uint64_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) break;  // half-written by a job that was killed
    const std::string_view line = text.substr(begin, end - begin);
    const std::optional<bool> stays = is_before(line, position);
    ++number;
    if (!stays && cut.unreadable++ == 0) cut.first_unreadable = number;
    if (stays.value_or(false)) cut.text.append(line).push_back('\n');
    begin = end + 1;
  }
  return cut;
}

MetricsFile::MetricsFile(const std::filesystem::path& path, const MetricsPosition& position,
                         std::function<void()> before_append)
    : path_(path), before_append_(std::move(before_append)) {
  if (std::filesystem::exists(path)) {
    const std::string text = read_file(path, ExitCode::storage, std::uint64_t{1} << 32);
    const CutMetrics cut = cut_metrics(text, position);
    if (cut.text != text) replace_file(path, cut.text);
    if (cut.unreadable > 0) {
      problem_ =
          message("{} line{} of '{}' cannot be read and {} taken out (the first was line {})",
                  cut.unreadable, cut.unreadable == 1 ? "" : "s", path,
                  cut.unreadable == 1 ? "is" : "are", cut.first_unreadable);
    }
  }
  fd_ = open_for_appending(path);
}

void MetricsFile::append(std::string_view json_object) {
  if (before_append_) before_append_();
  const std::string line = std::string(json_object) + "\n";
  write_all(fd_.get(), std::as_bytes(std::span(line)), path_);
}

}  // namespace lockstep
