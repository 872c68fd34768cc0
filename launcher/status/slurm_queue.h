#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/job/launch_mode.h"

namespace lockstep {

/// What Slurm says of a job.
struct QueuedJob {
  std::string id;
  std::string state;      ///< "RUNNING"
  std::string reason;     ///< why it waits: "Resources"; "None" where it does not
  std::string start;      ///< when it began, or is expected to: "2026-01-31T12:00:00"; "N/A"
  std::string time_left;  ///< to its time limit: "1-02:03:04"
  std::string nodes;      ///< "node[1-4]"; empty while it waits
  bool operator==(const QueuedJob&) const = default;
};

/// An answer of Slurm: the job, or that it knows none of this id (any more).
struct QueueAnswer {
  std::optional<QueuedJob> job;
};

/// Where a job is on its way.
enum class JobStage { waiting, active, ended };
/// By a state as squeue names it. One that is not known is active: nobody is to count on its end.
JobStage stage_of(const QueuedJob& job);
/// Whether it has ended, and not by itself or because somebody wanted so.
bool has_failed(const QueuedJob& job);

/// Whether `text` is an id of a job, such as "123" or "123_4", and can mean nothing else to Slurm's
/// commands.
bool is_job_id(std::string_view text);

/// A line that squeue prints in our format; std::nullopt where it is none.
std::optional<QueuedJob> parse_queue(std::string_view line);

/// Slurm's commands, where they are on PATH; started without a shell, and given a few seconds.
class SlurmQueue {
 public:
  explicit SlurmQueue(Environment environment) : environment_(std::move(environment)) {}

  /// std::nullopt where there is no squeue, or it does not answer.
  std::optional<QueueAnswer> ask(const std::string& job) const;
  /// Of a job array, whose tasks that wait may be one: "123_1", "123_[2-5%1]". Likewise.
  std::optional<std::vector<QueuedJob>> ask_all(const std::string& job) const;
  /// Takes a job out of the queue, or ends it. Throws Error(rank_lost) with Slurm's words where
  /// that fails.
  void cancel(const std::string& job) const;
  /// Likewise, of a job array the tasks that wait.
  void cancel_waiting(const std::string& job) const;

 private:
  void scancel(const std::vector<std::string>& words, const std::string& job) const;

  Environment environment_;
};

}  // namespace lockstep
