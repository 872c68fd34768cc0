#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/file.h"
#include "launcher/status/run_holder.h"

namespace lockstep {

// One writer for a run. The lock is the flock on RUN/lock, whose content names the holder. A
// network file system may keep the flock of a machine that is dead, or know only the flocks of its
// own machine: so where the holder cannot be seen from here, its heartbeats count too.

inline constexpr const char* kRunLock = "lock";

/// What is known of a holder in whose place another wants to be.
struct HolderEvidence {
  bool has_moved = false;                 ///< its heartbeats, while they were watched
  std::chrono::milliseconds still_for{};  ///< and since then they have stood still
  std::chrono::milliseconds waited{};     ///< in all
  std::optional<bool> is_there = {};  ///< its process; std::nullopt: it cannot be seen from here
  bool is_earlier_attempt = false;    ///< of the Slurm job that asks
  std::optional<bool> job_has_ended = {};  ///< its own, by what Slurm says
};

struct LockTimes {
  /// For so long the heartbeats of a holder that is gone must have stood still.
  std::chrono::milliseconds still{15'000};
  /// The same where nobody else holds the flock.
  std::chrono::milliseconds glance{3'000};
  /// For so long the flock is waited for: a server keeps those of a dead machine for a lease, of
  /// NFSv4 often 90 s.
  std::chrono::milliseconds patience{100'000};
};

enum class LockVerdict {
  wait,
  take,    ///< the holder is gone for certain: its lock is replaced
  refuse,  ///< it lives, or nobody can tell
};
LockVerdict judge(const HolderEvidence& evidence, const LockTimes& times);

struct RunLockRequest {
  RunHolder self;  ///< who asks
  LockTimes times = {};
  /// Whether a Slurm job has ended; std::nullopt: not known. Empty: nobody is asked.
  std::function<std::optional<bool>(const std::string& job)> has_ended = {};
  /// Told once what is waited for.
  std::function<void(const std::string& text)> tell = {};
};

/// Creates the run directory and takes its lock. Where another holds it, waits as long as it may
/// take to find out whether that one lives. Throws Error(usage) that names it and says what to do.
FileLock take_run_lock(const std::filesystem::path& run, const RunLockRequest& request);

/// The request of this process.
RunLockRequest request_of(const Environment& environment);

/// Whether a process holds the flock; std::nullopt where the file system does not tell.
std::optional<bool> is_locked(const std::filesystem::path& run);

}  // namespace lockstep
