#include "launcher/tensorboard/metrics_events.h"

#include <limits>
#include <optional>
#include <vector>

#include "core/error.h"
#include "core/json_parse.h"
#include "launcher/tensorboard/event_record.h"

namespace lockstep {
namespace {

constexpr const char* kOfBoth[] = {"lr", "images_per_second"};
/// Numbers of a line that no curve shows.
constexpr const char* kNotDrawn[] = {"step", "epoch", "time", "seconds"};

bool is_among(std::string_view key, std::span<const char* const> keys) {
  return std::ranges::find(keys, key) != keys.end();
}

/// What a number of a line is called in TensorBoard; empty: it is left out.
std::string tag_of(std::string_view key, bool is_epoch) {
  if (is_among(key, kNotDrawn) || key.ends_with("/count")) return {};
  if (is_among(key, kOfBoth)) return std::string(key);
  if (key.ends_with("_seconds")) {
    const bool is_of_epoch = key == "evaluation_seconds";
    return is_of_epoch == is_epoch ? "time/" + std::string(key) : "";
  }
  if (!is_epoch) return "train/" + std::string(key);
  constexpr std::string_view kTrain = "train/";
  if (key.starts_with(kTrain)) return "train_epoch/" + std::string(key.substr(kTrain.size()));
  return std::string(key);
}

/// JSON has no number that is not finite: it is null in a file.
std::optional<double> number_of(const nlohmann::json& value) {
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!value.is_number()) return std::nullopt;
  return value.get<double>();
}

}  // namespace

std::string MetricsEvents::of_line(const nlohmann::json& line) {
  if (!line.is_object()) return {};
  const auto step = line.find("step");
  const nlohmann::json kind = line.value("kind", nlohmann::json());
  if (step == line.end() || !step->is_number_integer() || (kind != "step" && kind != "epoch")) {
    return {};
  }
  EventTime at{.wall_time = wall_time_, .step = step->get<std::int64_t>()};
  if (kind == "epoch") evaluated_step_ = at.step;
  if (const auto time = line.find("time"); time != line.end() && time->is_number()) {
    at.wall_time = time->get<double>();
  }
  std::vector<EventScalar> scalars;
  for (const auto& [key, value] : line.items()) {
    const std::string tag = tag_of(key, kind == "epoch");
    const std::optional<double> number = number_of(value);
    if (tag.empty() || !number) continue;
    const auto [last, is_new] = last_steps_.try_emplace(tag, at.step);
    if (!is_new && last->second >= at.step) continue;
    last->second = at.step;
    scalars.push_back({tag, *number});
  }
  return scalars.empty() ? "" : scalars_record(at, scalars);
}

std::string MetricsEvents::of_text(std::string_view lines) {
  std::string records;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    try {
      records += of_line(parse_json<nlohmann::json>(lines.substr(0, end), ExitCode::storage));
    } catch (const Error&) {  // half-written
    }
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return records;
}

}  // namespace lockstep
