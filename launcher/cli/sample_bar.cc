#include "launcher/cli/sample_bar.h"

#include <chrono>
#include <memory>
#include <unistd.h>

#include "launcher/job/progress.h"

namespace lockstep {

Progress show_sample_bar(const char* phase) {
  const auto display = std::make_shared<ProgressDisplay>(STDERR_FILENO);
  const auto start = ProgressDisplay::Clock::now();
  return [=](std::uint64_t done, std::uint64_t total) {
    const auto now = ProgressDisplay::Clock::now();
    const std::chrono::duration<double> seconds = now - start;
    display->update(sample_progress(phase, done, total, seconds.count()), now);
  };
}

}  // namespace lockstep
