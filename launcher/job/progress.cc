#include "launcher/job/progress.h"

#include <algorithm>
#include <cmath>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/ioctl.h>

namespace lockstep {
namespace {

constexpr std::int64_t parts = 20;
constexpr int bar_columns = 24;
constexpr int columns_without_terminal = 100;

double done_part(const ProgressEvent& event) {
  if (event.steps <= 0) return 0;
  return std::clamp(static_cast<double>(event.step) / static_cast<double>(event.steps), 0.0, 1.0);
}

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole >= 3600)
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

int columns_of(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                : columns_without_terminal;
}

std::string progress_line(const ProgressEvent& event, double seconds_left, int width) {
  const double part = done_part(event);
  const int filled = static_cast<int>(part * bar_columns);
  std::string line = fmt::format("{} {:3.0f}% [{:=<{}}{:{}}]", event.phase, std::floor(part * 100),
                                 "", filled, "", bar_columns - filled);
  // What does not fit is left out as a whole.
  auto add = [&, fits = true](const std::string& text) mutable {
    fits = fits && line.size() + text.size() <= static_cast<std::size_t>(std::max(width, 1));
    if (fits) line += text;
  };
  add(fmt::format(" {}{}/{}", event.phase == "train" ? "step " : "", event.step, event.steps));
  if (event.epochs > 0) add(fmt::format(" epoch {:.1f}/{}", event.epoch, event.epochs));
  if (std::isfinite(event.loss) && event.loss != 0) add(fmt::format(" loss {:.4f}", event.loss));
  if (event.images_per_second > 0) add(fmt::format(" {:.0f} images/s", event.images_per_second));
  if (seconds_left >= 0) add(fmt::format(" {} left", duration(seconds_left)));
  if (event.learning_rate > 0) add(fmt::format(" lr {:.3g}", event.learning_rate));
  line.resize(std::min(line.size(), static_cast<std::size_t>(std::max(width, 1))));
  return line;
}

ProgressEvent sample_progress(const std::string& phase, std::uint64_t done, std::uint64_t total,
                              double seconds) {
  ProgressEvent event;
  event.phase = phase;
  event.step = static_cast<std::int64_t>(done);
  event.steps = static_cast<std::int64_t>(total);
  if (seconds > 0) event.images_per_second = static_cast<double>(done) / seconds;
  return event;
}

ProgressDisplay::ProgressDisplay(int fd)
    : ProgressDisplay(fd, ::isatty(fd) == 1 ? Style::bar : Style::lines) {}

void ProgressDisplay::update(const ProgressEvent& event, Clock::time_point now) {
  if (event.phase != phase_ || event.step < last_step_) {  // a new counting begins
    phase_ = event.phase;
    first_step_ = event.step;
    first_time_ = now;
    shown_part_ = 0;
  }
  last_step_ = event.step;
  if (style_ == Style::bar) {
    const bool last = event.step >= event.steps;
    if (!last && drawn_ && now - last_time_ < std::chrono::milliseconds(100)) return;
    write("\r\x1b[K" + progress_line(event, seconds_left(event, now), columns_of(fd_) - 1) + "\r");
    drawn_ = true;
  } else {
    const auto part = static_cast<std::int64_t>(done_part(event) * parts);
    if (part == shown_part_ || now - std::max(last_time_, first_time_) < std::chrono::seconds(2)) {
      return;
    }
    shown_part_ = part;
    write(progress_line(event, seconds_left(event, now), columns_without_terminal) + "\n");
  }
  last_time_ = now;
}

void ProgressDisplay::clear() {
  if (drawn_) write("\r\x1b[K");
  drawn_ = false;
}

double ProgressDisplay::seconds_left(const ProgressEvent& event, Clock::time_point now) const {
  const std::int64_t steps = event.step - first_step_;
  if (steps <= 0) return -1;
  const double elapsed = std::chrono::duration<double>(now - first_time_).count();
  return elapsed / static_cast<double>(steps) * static_cast<double>(event.steps - event.step);
}

void ProgressDisplay::write(const std::string& text) {
  // Progress is a courtesy: a terminal that went away ends nothing.
  [[maybe_unused]] const ssize_t written = ::write(fd_, text.data(), text.size());
}

}  // namespace lockstep
