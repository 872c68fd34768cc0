#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/names.h"
#include "launcher/job/launch_mode.h"
#include "launcher/status/heartbeats.h"
#include "launcher/status/run_holder.h"
#include "launcher/status/run_progress.h"
#include "launcher/status/slurm_queue.h"
#include "launcher/status/stop_order.h"

namespace lockstep {

enum class RunState {
  unstarted,  ///< nobody has trained in it yet
  queued,     ///< its job waits in Slurm's queue
  starting,   ///< its job has begun, and the training not yet
  running,
  stopping,  ///< it runs, and was asked to stop
  finished,  ///< all epochs are done
  stopped,   ///< it has ended well before that
  failed,    ///< it has said why: failure.json
  killed,    ///< it has ended without a word
};
inline constexpr EnumName<RunState> kRunStateNames[] = {
    {RunState::unstarted, "unstarted"}, {RunState::queued, "queued"},
    {RunState::starting, "starting"},   {RunState::running, "running"},
    {RunState::stopping, "stopping"},   {RunState::finished, "finished"},
    {RunState::stopped, "stopped"},     {RunState::failed, "failed"},
    {RunState::killed, "killed"}};
constexpr std::span<const EnumName<RunState>> enum_names(RunState) { return kRunStateNames; }

/// Whether there is anything to wait for.
bool is_under_way(RunState state);

/// What decides about the state.
struct StateFacts {
  bool is_running = false;
  bool is_ending = false;  ///< the lock is free, and its ranks have written just now
  bool is_to_stop = false;
  std::optional<JobStage> job = {};
  bool has_failed = false;      ///< there is a failure.json
  bool has_begun = false;       ///< there are heartbeats, metrics or checkpoints
  bool has_ended = false;       ///< all ranks have said so
  bool is_complete = false;     ///< the last epoch has been done
  bool has_job_failed = false;  ///< Slurm says so of its last job
};
RunState state_of(const StateFacts& facts);

/// The newest checkpoint that is there; it was not read.
struct SeenCheckpoint {
  std::int64_t step = 0;
  std::filesystem::path directory;
  std::chrono::seconds age{};
};
std::optional<SeenCheckpoint> newest_checkpoint(const std::filesystem::path& run);

/// All that a run directory tells to who asks from outside.
struct RunStatus {
  std::filesystem::path run;
  RunState state = RunState::unstarted;
  bool is_running = false;               ///< a training has it
  std::optional<RunHolder> holder = {};  ///< of the lock, now or the last one
  Heartbeats ranks = {};
  std::optional<std::chrono::seconds> silent_for = {};  ///< since a rank has last written
  RunProgress progress = {};
  nlohmann::json epoch = {};  ///< the last line of an epoch's end; null: none
  std::optional<SeenCheckpoint> checkpoint = {};
  nlohmann::json failure = {};  ///< failure.json without its logs; null: none
  std::optional<StopOrder> stop = {};
  std::string job = {};                  ///< the run's in Slurm; empty: none is known
  std::optional<QueuedJob> queued = {};  ///< what Slurm says of it
  std::filesystem::path output = {};     ///< what the job has printed; empty: no such file
};

/// Whether something of a run is in it. Throws Error(usage) where it may not be looked into.
bool is_run_directory(const std::filesystem::path& directory);

/// Of a directory that is no run's, as the end of a message: "; it holds 3 runs: name one, or all
/// as runs/*". Empty where it holds none.
std::string runs_inside_text(const std::filesystem::path& directory);

/// Reads it all, checks nothing of a checkpoint, and changes nothing. Asks Slurm about `job`, or
/// the one that the run knows of. Throws Error(usage) where `run` is not a run directory.
RunStatus read_status(const std::filesystem::path& run, const Environment& environment,
                      const std::string& job = "");

/// Whether a training has the run now: by its lock, or where the file system does not tell, or only
/// of this machine, by heartbeats that move.
bool is_running(const std::filesystem::path& run, const Environment& environment);

}  // namespace lockstep
