#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "imaging/pixels/image.h"
#include "launcher/setup/run_directory.h"
#include "launcher/tensorboard/event_file.h"
#include "launcher/tensorboard/metrics_events.h"

namespace lockstep {

/// Where the numbers of a run are kept: RUN/metrics.jsonl, and where it is asked for an event file
/// for TensorBoard, which follows from it. Rank 0 has one.
class RunMetrics {
 public:
  /// As MetricsFile.
  RunMetrics(const RunDirectory& directory, const MetricsPosition& position,
             std::function<void()> before_append = {});

  /// Writes the event file anew: `head` (records), what metrics.jsonl has by now, and the pictures
  /// of the same epochs that the one before had. From here on append() goes there too. Throws
  /// Error(storage).
  void begin_events(const std::string& head);

  /// Appends a line, with the "time" in seconds since 1970. Throws Error(storage).
  void append(nlohmann::json line);

  /// What was wrong with the files of the attempts before, for a warning.
  const std::vector<std::string>& problems() const { return problems_; }

  /// Puts a picture into the event file, if there is one. Throws Error(storage).
  void append_picture(const std::string& tag, std::int64_t step, const Image& picture);

 private:
  struct Events {
    EventFile file;
    MetricsEvents lines;
  };

  std::string kept_pictures(std::int64_t last_step);

  std::filesystem::path directory_;
  std::filesystem::path path_;
  std::vector<std::string> problems_;
  MetricsFile file_;
  std::optional<Events> events_;
};

}  // namespace lockstep
