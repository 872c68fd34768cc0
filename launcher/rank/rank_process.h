#pragma once

#include <memory>
#include <optional>
#include <string>

#include "comm/communicator/mpi_session.h"
#include "core/error.h"
#include "launcher/job/launch_mode.h"
#include "launcher/rank/rank_context.h"
#include "launcher/rank/watchdog.h"

namespace lockstep {

/// This process as a rank, MPI included. main owns one, outside of its try: an exception leaves it
/// alive, so that the job's end can still be told and brought about.
///
///     RankProcess rank;
///     try {
///       run(rank.start(mode, environment, stop));
///     } catch (const Error& error) {
///       return rank.fail(error.code(), error.what());
class RankProcess {
 public:
  /// Starts MPI where `mode` says that a launcher started this process; else it is a job of one.
  RankContext& start(LaunchMode mode, const Environment& environment, const StopRequest& stop);

  /// The account of a failure: into the rank's log and to whom it concerns, the parent that `-n`
  /// left behind or stderr. Then the job ends with `code`, on every rank. Returns the exit code for
  /// a process that is no rank of several.
  int fail(ExitCode code, const std::string& message);

 private:
  void watch(const std::filesystem::path& run, double timeout);
  /// The job stands still. On the watchdog's thread, while the main thread may be anywhere.
  [[noreturn]] void end_stalled(const Stall& stall);
  /// To whom it concerns: the parent that `-n` left behind, or stderr; and RUN/failure.json.
  void tell(const FailureEvent& failure, bool of_several) const;
  std::optional<MpiSession> session_;
  std::unique_ptr<Communicator> communicator_;
  std::optional<RankContext> context_;
  bool has_parent_ = false;
  std::filesystem::path run_;           ///< that is watched; empty: none
  std::unique_ptr<Watchdog> watchdog_;  ///< last: ends before what it looks at
};

}  // namespace lockstep
