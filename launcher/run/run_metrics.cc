#include "launcher/run/run_metrics.h"

#include <chrono>
#include <utility>

#include "core/error.h"
#include "launcher/run/event_head.h"
#include "launcher/tensorboard/event_pictures.h"
#include "launcher/tensorboard/event_record.h"

namespace lockstep {
namespace {

/// Seconds since 1970, to the millisecond.
double now() {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count()) /
         1000;
}

}  // namespace

RunMetrics::RunMetrics(const RunDirectory& directory, const MetricsPosition& position,
                       std::function<void()> before_append)
    : directory_(directory.path()),
      path_(directory.metrics_file()),
      file_(path_, position, std::move(before_append)) {
  if (!file_.problem().empty()) problems_.push_back(file_.problem());
}

/// Those of the old event file. Losing some does not stop the training.
std::string RunMetrics::kept_pictures(std::int64_t last_step) {
  if (last_step == 0) return {};
  constexpr const char* kLost = "the pictures in the event file of '{}' are not all taken over: {}";
  try {
    PictureRecords pictures = picture_records(EventFile::read(directory_), last_step);
    if (!pictures.is_whole) {
      problems_.push_back(message(kLost, directory_, "it is damaged, or was cut short"));
    }
    return std::move(pictures.records);
  } catch (const Error& error) {
    problems_.push_back(message(kLost, directory_, error.what()));
    return {};
  }
}

void RunMetrics::begin_events(const std::string& head) {
  const double time = now();
  MetricsEvents lines(time);
  std::string records = version_record(time) +
                        session_start_record({.wall_time = time, .step = 0}) + head +
                        lines.of_text(read_file(path_, ExitCode::storage, std::uint64_t{1} << 32));
  records += kept_pictures(lines.evaluated_step());
  events_.emplace(Events{EventFile(directory_, records), std::move(lines)});
}

void RunMetrics::append(nlohmann::json line) {
  line["time"] = now();
  file_.append(line.dump());
  if (!events_) return;
  const std::string records = events_->lines.of_line(line);
  if (!records.empty()) events_->file.append(records);
}

void RunMetrics::append_picture(const std::string& tag, std::int64_t step, const Image& picture) {
  if (!events_) return;
  events_->file.append(picture_record({.wall_time = now(), .step = step}, tag, picture));
}

}  // namespace lockstep
