#include "launcher/status/run_progress.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>

#include "core/error.h"
#include "core/file.h"
#include "launcher/history/metrics_lines.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kTail = 4 << 20;  // bytes of metrics that are looked at
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The number of a line; std::nullopt where it is not there.
std::optional<double> found_in(const nlohmann::json& line, const char* key) {
  const double number = line.is_object() ? number_in(line, key) : kNaN;
  return std::isnan(number) ? std::nullopt : std::optional(number);
}

}  // namespace

NewestMetrics newest_metrics(std::string_view text) {
  NewestMetrics newest;
  while (!text.empty() && (newest.step.is_null() || newest.epoch.is_null())) {
    const std::size_t end = text.find_last_not_of('\n');
    if (end == std::string_view::npos) break;
    const std::size_t before = text.find_last_of('\n', end);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    try {
      MetricsLine line = parse_metrics_line(text.substr(begin, end + 1 - begin));
      nlohmann::json* const place = line.kind == MetricsKind::step    ? &newest.step
                                    : line.kind == MetricsKind::epoch ? &newest.epoch
                                                                      : nullptr;
      if (place != nullptr && place->is_null()) *place = std::move(line.json);
    } catch (const Error&) {  // lockstep log tells of it
    }
    text = text.substr(0, begin);
  }
  return newest;
}

NewestMetrics read_newest_metrics(const std::filesystem::path& run) {
  const std::filesystem::path path = run / "metrics.jsonl";
  try {
    const UniqueFd file = open_for_reading(path, ExitCode::storage);
    const std::uint64_t size = file_size(file.get(), path);
    std::string text(std::min(size, kTail), '\0');
    pread_exactly(file.get(), std::as_writable_bytes(std::span(text)), size - text.size(), path,
                  ExitCode::storage);
    return newest_metrics(text);
  } catch (const Error&) {
    return {};
  }
}

RunProgress progress_of(const NewestMetrics& metrics, const ProgressFacts& facts) {
  RunProgress progress{.step = facts.live_step, .epochs = facts.epochs};
  const double step_line = found_in(metrics.step, "step").value_or(-1);
  const double epoch_line = found_in(metrics.epoch, "step").value_or(-1);
  const nlohmann::json& newest = step_line > epoch_line ? metrics.step : metrics.epoch;
  progress.loss = found_in(newest, "loss");
  if (!progress.loss) progress.loss = found_in(newest, "train/loss");
  progress.images_per_second = found_in(newest, "images_per_second");
  const double step = std::max(step_line, epoch_line);
  const double epoch = found_in(newest, "epoch").value_or(0);
  progress.step = std::max(progress.step, static_cast<std::int64_t>(step));
  progress.epoch = epoch;
  if (step <= 0 || epoch <= 0) return progress;
  // Between the ends of epochs their fraction counts samples that are dropped, too.
  const double whole = found_in(metrics.epoch, "epoch").value_or(0);
  const double steps_per_epoch = whole >= 1 && epoch_line > 0 ? epoch_line / whole : step / epoch;
  progress.epoch = static_cast<double>(progress.step) / steps_per_epoch;
  if (facts.epochs <= 0) return progress;
  const double steps =
      std::min(std::round(steps_per_epoch * static_cast<double>(facts.epochs)), kMostMetricsSteps);
  progress.steps = static_cast<std::int64_t>(steps);
  const double rate = progress.images_per_second.value_or(0);
  if (facts.global_batch <= 0 || rate <= 0) return progress;
  const double left = std::max(0.0, steps - static_cast<double>(progress.step));
  progress.seconds_left = left * static_cast<double>(facts.global_batch) / rate;
  return progress;
}

}  // namespace lockstep
