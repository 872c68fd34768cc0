#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
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

/// What a program has said, and how it ended.
struct ProgramEnd {
  int code = -1;  ///< its exit code, or 128 and the signal that ended it
  std::string out;
  std::string err;
};

struct ProgramLimits {
  std::optional<std::chrono::seconds> time = {};  ///< std::nullopt: as long as it takes
  std::size_t text = SIZE_MAX;                    ///< about so many bytes of each stream are kept
};

/// Runs a program without a shell, to its end; std::nullopt where that does not come in time.
/// Throws Error(usage) where it cannot be started.
std::optional<ProgramEnd> run_program(const std::vector<std::string>& argv,
                                      const Environment& environment,
                                      const ProgramLimits& limits = {});

/// The kernel kills this process when its parent dies; it ends at once where `ancestor` (the
/// process that the parent would not outlive) is gone already. A rank that `-n` started calls it
/// first.
void die_with_parent(pid_t ancestor);

}  // namespace lockstep
