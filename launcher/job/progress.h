#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "launcher/job/parent_protocol.h"

namespace lockstep {

/// The columns of the terminal that `fd` is; 100 where it is none.
int columns_of(int fd);

/// One line that says how far a job is: a bar, loss, images/s and the time to go. At most `width`
/// columns; `seconds_left` below 0: unknown.
std::string progress_line(const ProgressEvent& event, double seconds_left, int width);

/// `done` of `total` samples in `seconds`, as commands that read every sample show it.
ProgressEvent sample_progress(const std::string& phase, std::uint64_t done, std::uint64_t total,
                              double seconds);

/// Shows progress on a file descriptor. A terminal gets one line, drawn again and again, with the
/// cursor left at its start, so that a log line that clears what it overwrites (core/log.h) may
/// come at any time. Anything else gets a line every 5 %, but not more than one in
/// two seconds, so that short work is silent. Not thread-safe.
///
///     ProgressDisplay display(STDERR_FILENO);
///     display.update(event);   // for each sample: what comes too often is forgotten
class ProgressDisplay {
 public:
  enum class Style { bar, lines };
  using Clock = std::chrono::steady_clock;

  ProgressDisplay(int fd, Style style) : fd_(fd), style_(style) {}
  /// Bar where `fd` is a terminal.
  explicit ProgressDisplay(int fd);
  ~ProgressDisplay() { clear(); }
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  /// What comes sooner than a tenth of a second after the last drawing is forgotten.
  void update(const ProgressEvent& event, Clock::time_point now = Clock::now());
  /// Takes the bar away; the next update draws it again. Before somebody else writes a line.
  void clear();

 private:
  double seconds_left(const ProgressEvent& event, Clock::time_point now) const;
  void write(const std::string& text);

  int fd_;
  Style style_;
  bool drawn_ = false;
  std::string phase_;            ///< of the counting that runs
  std::int64_t first_step_ = 0;  ///< where it began
  std::int64_t last_step_ = 0;
  std::int64_t shown_part_ = 0;  ///< in twentieths
  Clock::time_point first_time_{}, last_time_{};
};

}  // namespace lockstep
