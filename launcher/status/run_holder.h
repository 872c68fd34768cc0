#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "launcher/job/launch_mode.h"

namespace lockstep {

/// Who holds the lock of a run directory: the content of RUN/lock.
struct RunHolder {
  std::string host;
  std::int64_t pid = 0;
  std::uint64_t started = 0;  ///< the process, in the kernel's ticks since the machine was started
  std::string boot_id;        ///< of the machine since it was started
  std::string pid_namespace;  ///< in which the process has this id
  std::string job;            ///< Slurm's id; empty: none
  std::string cluster;        ///< Slurm's name of it; empty: none, or not told
  int restarts = 0;           ///< how often Slurm had put the job back into its queue
  std::string since;          ///< UTC, as ISO 8601 has it
  bool operator==(const RunHolder&) const = default;
};

/// This process, now.
RunHolder this_process(const Environment& environment);

/// One line of JSON.
std::string encode(const RunHolder& holder);
/// std::nullopt where the text is none: of an older version, or half-written.
std::optional<RunHolder> decode_holder(std::string_view text);
/// "node3, process 17, Slurm job 123 (attempt 2), since 2026-01-31T12:00:00Z"
std::string to_text(const RunHolder& holder);

/// Whether the process of `holder` is there; std::nullopt where `self` cannot see it: it is of
/// another machine, or of another container.
std::optional<bool> is_there(const RunHolder& holder, const RunHolder& self);

/// Whether `holder` is an earlier attempt of the Slurm job of `self`: Slurm ends one before it
/// starts the next.
bool is_earlier_attempt(const RunHolder& holder, const RunHolder& self);

/// The present, UTC, as ISO 8601 has it.
std::string time_now();

}  // namespace lockstep
