#include "launcher/history/metrics_lines.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/json_fields.h"
#include "core/json_parse.h"

namespace lockstep {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;
constexpr std::size_t kMostLineBytes = 4 << 20;

MetricsKind kind_of(const std::string& name) {
  if (name == "step") return MetricsKind::step;
  if (name == "epoch") return MetricsKind::epoch;
  return name == "rollback" ? MetricsKind::rollback : MetricsKind::other;
}

/// Makes lines of pieces of a text.
class LineReader {
 public:
  explicit LineReader(const VisitMetrics& visit) : visit_(visit) {}

  /// Whether more is wanted.
  bool add(std::string_view piece) {
    while (goes_on_ && !piece.empty()) {
      const std::size_t end = piece.find('\n');
      const std::string_view part = piece.substr(0, end);
      is_too_long_ = is_too_long_ || line_.size() + part.size() > kMostLineBytes;
      if (is_too_long_) {
        line_.clear();
      } else {
        line_ += part;
      }
      if (end == std::string_view::npos) break;
      end_line(/*is_whole=*/true);
      piece.remove_prefix(end + 1);
    }
    return goes_on_;
  }

  UnreadableLines end() {
    if (goes_on_ && !line_.empty()) end_line(/*is_whole=*/false);
    return unreadable_;
  }

 private:
  void end_line(bool is_whole) {
    ++number_;
    std::optional<MetricsLine> line;
    try {
      check(!is_too_long_, ExitCode::storage, "it has more than {} bytes", kMostLineBytes);
      line = parse_metrics_line(line_);
    } catch (const Error& error) {
      if (is_whole && unreadable_.count++ == 0) {
        unreadable_.first = number_;
        unreadable_.why = error.what();
      }
    }
    if (line) goes_on_ = visit_(std::move(*line));
    line_.clear();
    is_too_long_ = false;
  }

  const VisitMetrics& visit_;
  bool goes_on_ = true;
  std::string line_;
  bool is_too_long_ = false;
  std::size_t number_ = 0;
  UnreadableLines unreadable_;
};

}  // namespace

MetricsLine parse_metrics_line(std::string_view text) {
  MetricsLine line{.json = parse_json<nlohmann::json>(text, ExitCode::storage)};
  const JsonFields fields(line.json, ExitCode::storage);
  line.kind = kind_of(fields.text("kind"));
  if (line.kind == MetricsKind::other) return line;
  (void)fields.number("step", {0, kMostMetricsSteps});
  if (line.kind != MetricsKind::rollback) (void)fields.number("epoch", {0, kMostMetricsSteps});
  return line;
}

double number_in(const nlohmann::json& line, const std::string& key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_number() ? found->get<double>()
                                                   : std::numeric_limits<double>::quiet_NaN();
}

std::string text_of(const UnreadableLines& lines) {
  if (lines.count == 0) return {};
  if (lines.count == 1)
    return message("line {} of metrics.jsonl cannot be read: {}", lines.first, lines.why);
  return message("{} lines of metrics.jsonl cannot be read; the first is line {}: {}", lines.count,
                 lines.first, lines.why);
}

UnreadableLines visit_metrics_text(std::string_view text, const VisitMetrics& visit) {
  LineReader reader(visit);
  reader.add(text);
  return reader.end();
}

UnreadableLines visit_metrics(const std::filesystem::path& run, const VisitMetrics& visit) {
  std::error_code error;
  check(std::filesystem::is_directory(run, error), ExitCode::usage,
        "'{}' is not a directory: give that of a run", run);
  const std::filesystem::path path = run / "metrics.jsonl";
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return {};
  check(status.type() != std::filesystem::file_type::none, ExitCode::usage,
        "cannot look into '{}': {}; a run is its owner's (run.access)", run, error.message());
  check(status.type() == std::filesystem::file_type::regular, ExitCode::storage,
        "'{}' is not a plain file, which a run's metrics are: move it away", path);
  const UniqueFd file = open_for_reading(path, ExitCode::storage);
  const std::uint64_t size = file_size(file.get(), path);
  LineReader reader(visit);
  std::string piece;
  for (std::uint64_t offset = 0; offset < size; offset += piece.size()) {
    piece.resize(std::min<std::uint64_t>(kPieceBytes, size - offset));
    pread_exactly(file.get(), std::as_writable_bytes(std::span(piece)), offset, path,
                  ExitCode::storage);
    if (!reader.add(piece)) break;
  }
  return reader.end();
}

}  // namespace lockstep
