#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "launcher/job/launch_mode.h"
#include "launcher/job/parent_protocol.h"
#include "launcher/job/stop_request.h"

namespace lockstep {

/// The ranks that `-n` starts.
struct JobRequest {
  int ranks = 1;
  std::vector<std::string> program;  ///< each rank's argv; argv[0] is a path
  Environment environment;           ///< this process's, of which ranks get passed_environment()
  bool on_gpus = false;              ///< the ranks compute on GPUs
  OnStop on_stop = OnStop::saves;    ///< the command
  /// What mpirun itself says is appended here where the directory exists; empty: nowhere.
  std::filesystem::path mpirun_log;
};

/// Starts mpirun and stays its parent until the last rank is gone: shows rank 0's progress, passes
/// the ranks' other output on, and turns `stop` into their stop request. A second SIGINT kills
/// them, and where they have nothing to save, the first signal. Whatever ends this process ends
/// them too; what Open MPI leaves behind then, the next call removes. Returns ok or requeue; throws
/// Error with a failed rank's own cause and code, or rank_lost where none is known. Call it from
/// the main thread.
ExitCode run_job(const JobRequest& request, const StopRequest& stop);

/// How a job ended, told from the status of waitpid(2) for mpirun, the first account that a rank
/// gave of itself, and mpirun's own words. Pure: returns or throws as run_job does.
ExitCode outcome(int wait_status, const std::optional<FailureEvent>& failure,
                 const std::string& mpirun_text, bool continues = true);

}  // namespace lockstep
