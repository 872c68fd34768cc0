#include "launcher/job/stop_request.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <unistd.h>

namespace lockstep {
namespace {

// A signal handler reaches nothing but static memory.
std::atomic<bool> stop_requested{false};
std::atomic<int> interrupts_received{0};
std::atomic<bool> answers{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void answer() {
  constexpr std::string_view kAnswer =
      "lockstep: stopping: the step is finished and a checkpoint committed (Ctrl-C again ends at "
      "once)\n";
  const ssize_t ignored = ::write(STDERR_FILENO, kAnswer.data(), kAnswer.size());
  static_cast<void>(ignored);  // nobody reads it
  std::signal(SIGINT, SIG_DFL);
}

extern "C" void note_stop_signal(int signal) {
  const int error = errno;  // of the system call that it interrupts
  if (signal == SIGINT) interrupts_received.fetch_add(1, std::memory_order_relaxed);
  if (!stop_requested.exchange(true) && answers) answer();
  errno = error;
}

}  // namespace

StopRequest::StopRequest(StopSignals signals) : signals_(signals) {
  struct sigaction action {};
  action.sa_handler = note_stop_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGUSR2, &action, nullptr);
  if (signals == StopSignals::terminal) sigaction(SIGINT, &action, nullptr);
}

void StopRequest::work(OnStop on_stop) const {
  if (on_stop == OnStop::ends) {
    for (const int signal : {SIGTERM, SIGUSR2, SIGINT}) std::signal(signal, SIG_DFL);
    if (requested()) std::raise(SIGTERM);
    return;
  }
  std::signal(SIGPIPE, SIG_IGN);  // `| tee`, which Ctrl-C ends too, takes no checkpoint along
  if (signals_ == StopSignals::terminal) {
    answers = true;
    if (requested()) answer();
  }
}

bool StopRequest::requested() const { return stop_requested.load(std::memory_order_relaxed); }

int StopRequest::interrupts() const { return interrupts_received.load(std::memory_order_relaxed); }

}  // namespace lockstep
