#include "launcher/history/run_history.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>

#include "core/error.h"
#include "core/file.h"
#include "core/json_parse.h"

namespace lockstep {
namespace {

constexpr const char* kMetrics = "metrics.jsonl";

void add_line(std::string_view text, RunHistory& history) {
  nlohmann::json line;
  try {
    line = parse_json<nlohmann::json>(text, ExitCode::usage);
  } catch (const Error&) {
    return;
  }
  if (!line.is_object() || std::isnan(number_in(line, "step"))) return;
  const nlohmann::json kind = line.value("kind", nlohmann::json());
  if (kind == "rollback") history.rollbacks.push_back(std::move(line));
  if (kind != "epoch" && kind != "step") return;
  if (std::isnan(number_in(line, "epoch"))) return;
  (kind == "epoch" ? history.epochs : history.steps).push_back(std::move(line));
}

}  // namespace

RunHistory history_of(std::string_view lines) {
  RunHistory history;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    add_line(lines.substr(0, end), history);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return history;
}

RunHistory read_history(const std::filesystem::path& run) {
  std::error_code error;
  check(std::filesystem::is_directory(run, error), ExitCode::usage,
        "'{}' is not a directory: give that of a run", run);
  const std::filesystem::path file = run / kMetrics;
  const bool is_there = std::filesystem::exists(file, error);
  check(!error, ExitCode::usage, "cannot look into '{}': {}; a run is its owner's (run.access)",
        run, error.message());
  if (!is_there) return {};
  return history_of(read_file(file, ExitCode::usage, std::uint64_t{1} << 32));
}

double number_in(const nlohmann::json& line, const std::string& key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_number() ? found->get<double>()
                                                   : std::numeric_limits<double>::quiet_NaN();
}

std::string main_metric(const RunHistory& history) {
  constexpr const char* kOfTasks[] = {"accuracy", "f1", "mae"};  // docs/tasks.md
  std::set<std::string> names;
  for (const auto* lines : {&history.epochs, &history.steps}) {
    if (lines->empty()) continue;
    for (const auto& [key, value] : lines->back().items()) {
      for (const std::string_view split : {"valid/", "train/"}) {
        if (key.starts_with(split)) names.insert(key.substr(split.size()));
      }
    }
  }
  names.erase("loss");
  names.erase("count");
  for (const char* name : kOfTasks) {
    if (names.contains(name)) return name;
  }
  return names.empty() ? "" : *names.begin();
}

}  // namespace lockstep
