#include "launcher/job/stop_request.h"

#include <atomic>
#include <csignal>

namespace lockstep {
namespace {

// A signal handler reaches nothing but static memory.
std::atomic<bool> stop_requested{false};
std::atomic<int> interrupts_received{0};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

extern "C" void note_stop_signal(int signal) {
  if (signal == SIGINT) interrupts_received.fetch_add(1, std::memory_order_relaxed);
  stop_requested.store(true, std::memory_order_relaxed);
}

}  // namespace

StopRequest::StopRequest(StopSignals signals) {
  struct sigaction action {};
  action.sa_handler = note_stop_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGUSR2, &action, nullptr);
  if (signals == StopSignals::terminal) sigaction(SIGINT, &action, nullptr);
}

bool StopRequest::requested() const { return stop_requested.load(std::memory_order_relaxed); }

int StopRequest::interrupts() const { return interrupts_received.load(std::memory_order_relaxed); }

}  // namespace lockstep
