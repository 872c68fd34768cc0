#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lockstep {

/// Set in the environment of the ranks that `-n` starts: the process id of the `lockstep` that
/// reads their stderr.
inline constexpr const char* parent_variable = "LOCKSTEP_PARENT";

/// All ranks have started: a stop request reaches them from here on.
struct ReadyEvent {};

/// How far rank 0 is. Sent a few times a second at most.
struct ProgressEvent {
  std::string phase = "train";   ///< what is counted below: "train" or "evaluate"
  double epoch = 0;              ///< epochs done, with a fraction
  std::int64_t epochs = 0;       ///< to do; 0: not told
  std::int64_t step = 0;         ///< done
  std::int64_t steps = 0;        ///< to do
  double loss = 0;               ///< of the last logged step; NaN: none yet
  double learning_rate = 0;      ///< 0: none
  double images_per_second = 0;  ///< over the whole job
};

/// A rank's own account of why it ends the job.
struct FailureEvent {
  int rank = 0;
  std::string host;
  std::int64_t step = -1;  ///< -1: before the first
  std::string phase;       ///< what it was doing
  int code = 1;            ///< the exit code
  std::string message;
};

using Event = std::variant<ReadyEvent, ProgressEvent, FailureEvent>;

/// One line, newline included: the record separator 0x1e, then JSON (RFC 7464 framing). Shorter
/// than 4096 bytes, so that one write(2) to a pipe is atomic: a longer message is cut.
std::string encode(const Event& event);

/// The event of one line without its newline; std::nullopt where the line is none.
std::optional<Event> decode(std::string_view line);

/// "rank 3 on node7, step 120, reading data: cannot open ..."
std::string to_text(const FailureEvent& failure);

}  // namespace lockstep
