#include "launcher/history/restarts.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/checked.h"
#include "core/error.h"
#include "core/file.h"

namespace lockstep {
namespace {

constexpr const char* kLog = "logs/rank_000.log";
constexpr std::uint64_t kMostBytes = 1 << 28;

std::optional<std::int64_t> restart_in(std::string_view line) {
  constexpr std::string_view kBegin = " continuing from ", kStep = " (step ";
  const std::size_t begin = line.find(kBegin), step = line.rfind(kStep);
  if (begin == std::string_view::npos || step == std::string_view::npos || step < begin ||
      !line.ends_with(')')) {
    return std::nullopt;
  }
  const std::string_view digits = line.substr(step + kStep.size());
  return parse_number<std::int64_t>(std::string(digits.substr(0, digits.size() - 1)));
}

/// Whether the run is said to be done at `step`.
bool is_end_at(std::string_view line, std::int64_t step) {
  return line.find(fmt::format(" done at step {};", step)) != std::string_view::npos;
}

}  // namespace

std::vector<std::int64_t> restarts_of(std::string_view log) {
  std::vector<std::int64_t> steps;
  bool goes_on = false;  // the same job, with other parameters
  while (!log.empty()) {
    const std::size_t end = std::min(log.find('\n'), log.size());
    const std::string_view line = log.substr(0, end);
    if (const auto step = restart_in(line)) {
      if (!std::exchange(goes_on, false)) steps.push_back(*step);
    } else if (line.ends_with("the run goes on as after a restart")) {
      goes_on = true;
    } else if (!steps.empty() && is_end_at(line, steps.back())) {
      steps.pop_back();
    }
    log.remove_prefix(std::min(end + 1, log.size()));
  }
  return steps;
}

std::vector<std::int64_t> read_restarts(const std::filesystem::path& run) {
  try {
    return restarts_of(read_file(run / kLog, ExitCode::storage, kMostBytes));
  } catch (const Error&) {
    return {};
  }
}

}  // namespace lockstep
