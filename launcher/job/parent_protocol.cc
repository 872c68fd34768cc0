#include "launcher/job/parent_protocol.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/json_fields.h"
#include "core/json_parse.h"

namespace lockstep {
namespace {

using nlohmann::json;

constexpr char record_separator = '\x1e';
constexpr std::size_t longest_line = 4096;  // PIPE_BUF on Linux

json to_json(const ReadyEvent&) { return {{"event", "ready"}}; }

json to_json(const ProgressEvent& event) {
  return {{"event", "progress"},
          {"phase", event.phase},
          {"epoch", event.epoch},
          {"epochs", event.epochs},
          {"step", event.step},
          {"steps", event.steps},
          {"loss", event.loss},  // JSON has no NaN: it travels as null
          {"learning_rate", event.learning_rate},
          {"images_per_second", event.images_per_second}};
}

json to_json(const FailureEvent& event) {
  return {{"event", "failure"},      {"rank", event.rank},   {"host", event.host},
          {"step", event.step},      {"phase", event.phase}, {"code", event.code},
          {"message", event.message}};
}

/// Bytes that are not UTF-8 (a file's name, say) are replaced, not thrown over.
std::string dump(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

double number_or_nan(const json& value) {
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

ProgressEvent read_progress(const JsonFields<json>& fields) {
  return {.phase = fields.text("phase"),
          .epoch = fields.number("epoch"),
          .epochs = fields.integer<std::int64_t>("epochs"),
          .step = fields.integer<std::int64_t>("step"),
          .steps = fields.integer<std::int64_t>("steps"),
          .loss = number_or_nan(fields.at("loss")),
          .learning_rate = number_or_nan(fields.at("learning_rate")),
          .images_per_second = number_or_nan(fields.at("images_per_second"))};
}

FailureEvent read_failure(const JsonFields<json>& fields) {
  return {.rank = fields.integer<int>("rank"),
          .host = fields.text("host"),
          .step = fields.integer<std::int64_t>("step"),
          .phase = fields.text("phase"),
          .code = fields.integer<int>("code"),
          .message = fields.text("message")};
}

}  // namespace

std::string encode(const Event& event) {
  json object = std::visit([](const auto& which) { return to_json(which); }, event);
  std::string line = record_separator + dump(object) + "\n";
  const std::string message = object.value("message", "");
  // How long a text becomes by escapes is not known before: a few rounds.
  for (std::size_t size = message.size(); line.size() >= longest_line && size > 0;) {
    size = size * 7 / 8;
    object["message"] = message.substr(0, size) + "...";
    line = record_separator + dump(object) + "\n";
  }
  return line;
}

std::optional<Event> decode(std::string_view line) {
  if (line.empty() || line.front() != record_separator) return std::nullopt;
  try {
    const json object = parse_json<json>(line.substr(1), ExitCode::internal);
    const JsonFields<json> fields(object, ExitCode::internal);
    const std::string name = fields.text("event");
    if (name == "ready") return ReadyEvent{};
    if (name == "progress") return read_progress(fields);
    if (name == "failure") return read_failure(fields);
  } catch (const Error&) {
    // Not ours after all: it is shown as any other line.
  }
  return std::nullopt;
}

std::string to_text(const FailureEvent& failure) {
  const std::string step = failure.step < 0 ? "" : fmt::format(", step {}", failure.step);
  return fmt::format("rank {} on {}{}, {}: {}", failure.rank, failure.host, step, failure.phase,
                     failure.message);
}

}  // namespace lockstep
