#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace lockstep {

/// Turns lines of metrics.jsonl, in their order, into records of an event file. Of a tag and a step
/// there is one value: the first.
///
/// Lines of steps give `train/loss` and so on, lines of epochs `valid/loss` and so on, and
/// `train_epoch/loss` for what was summed up over the epoch; both `lr` and `images_per_second`.
class MetricsEvents {
 public:
  /// `wall_time` is that of lines that have no "time".
  explicit MetricsEvents(double wall_time) : wall_time_(wall_time) {}

  /// The records of one line; empty where it has nothing to draw.
  std::string of_line(const nlohmann::json& line);
  /// Those of a whole file, of which lines that are none are passed over.
  std::string of_text(std::string_view lines);
  /// The step of the last line of an epoch; 0: there was none.
  std::int64_t evaluated_step() const { return evaluated_step_; }

 private:
  double wall_time_;
  std::int64_t evaluated_step_ = 0;
  std::map<std::string, std::int64_t> last_steps_;  ///< of each tag
};

}  // namespace lockstep
