#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "launcher/job/launch_mode.h"

namespace lockstep {

/// RUN/stop: somebody wants the run to stop with a checkpoint, and not to be put back into a queue.
/// An empty file means it too.
struct StopOrder {
  std::string user, host;
  std::string time;  ///< UTC, as ISO 8601 has it
  bool operator==(const StopOrder&) const = default;
};

inline constexpr const char* kStopFile = "stop";

/// Of this process's user, now.
StopOrder make_stop_order();
/// "ann on node3 at 2026-01-31T12:00:00Z"; what is not known is left out.
std::string to_text(const StopOrder& order);

/// Throws Error(storage).
void write_stop_order(const std::filesystem::path& run, const StopOrder& order);
/// std::nullopt where there is none. What cannot be read is an order of nobody known.
std::optional<StopOrder> read_stop_order(const std::filesystem::path& run);

/// Whether an order that is found when a training starts is meant for this start too: Slurm started
/// it again by itself, or the order came after the job had begun. Else somebody has started the run
/// by hand, after it was stopped.
bool is_for_this_start(const StopOrder& order, const Environment& environment);

/// For a training that starts: removes an order that is not for this start. Throws Error(storage).
void clear_stop_order(const std::filesystem::path& run, const Environment& environment);

/// Looks for an order in RUN about once a second, and forgets none.
///
///     StopOrderWatch watch(run);
///     while (!watch.order()) step();
class StopOrderWatch {
 public:
  explicit StopOrderWatch(std::filesystem::path run) : run_(std::move(run)) {}

  /// Cheap: it looks only when a second has gone by.
  const std::optional<StopOrder>& order();

 private:
  std::filesystem::path run_;
  std::chrono::steady_clock::time_point looked_{};
  std::optional<StopOrder> order_;
};

}  // namespace lockstep
