#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "core/file.h"
#include "launcher/job/launch_mode.h"

namespace lockstep {

/// A program started without a shell: stdin empty, stdout and stderr through pipes, in a process
/// group of its own (a terminal's Ctrl-C reaches this process only), and killed by the kernel when
/// this process dies, however it dies. Start it from a thread that lives as long as it: the main
/// one.
class ChildProcess {
 public:
  /// `argv[0]` is a path. Throws Error(usage) where it cannot be started.
  ChildProcess(const std::vector<std::string>& argv, const Environment& environment);
  /// Kills it if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  int stdout_fd() const { return stdout_.get(); }
  int stderr_fd() const { return stderr_.get(); }

  void send_signal(int signal) const;
  /// The status of waitpid(2) once it has ended; std::nullopt before.
  std::optional<int> poll_status();

 private:
  pid_t pid_ = -1;
  UniqueFd stdout_, stderr_;
  std::optional<int> status_;
};

/// The kernel kills this process when its parent dies; it ends at once where `ancestor` (the
/// process that the parent would not outlive) is gone already. A rank that `-n` started calls it
/// first.
void die_with_parent(pid_t ancestor);

}  // namespace lockstep
