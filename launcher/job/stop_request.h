#pragma once

namespace lockstep {

/// Which signals ask a process to stop.
enum class StopSignals {
  rank,      ///< SIGTERM, SIGUSR2: a rank under a launcher (which handles SIGINT itself)
  terminal,  ///< SIGINT too: a process that a person may have started alone, or the parent of a job
};

/// What a command does when it is asked to stop.
enum class OnStop {
  saves,  ///< ends at the next good moment, with what it has done in a checkpoint
  ends,   ///< at once: it has nothing to save
};

/// The wish of somebody outside to stop at the next good moment. Installs handlers for the
/// process's life (a second object of the same process adds nothing and takes nothing away). Made
/// first in main, passed to who looks at it. Thread-safe.
///
///     const StopRequest stop(StopSignals::terminal);
///     while (!stop.requested()) step();
class StopRequest {
 public:
  explicit StopRequest(StopSignals signals);
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  /// For a process that works itself, and is not the parent of others. Where it ends at once, the
  /// signals have their usual effect again. Where it saves, and listens to a terminal, it says so
  /// at the first, and a SIGINT after that has its usual effect.
  void work(OnStop on_stop) const;

  /// True from the first signal on.
  bool requested() const;
  /// How many SIGINTs so far.
  int interrupts() const;

 private:
  StopSignals signals_;
};

}  // namespace lockstep
