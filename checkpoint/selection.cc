#include "checkpoint/selection.h"

#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "analysis/figure_text.h"
#include "checkpoint/agreement.h"
#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "checkpoint/shared_load.h"
#include "core/error.h"
#include "core/file.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

/// The best checkpoint, as the newest manifest that can be read names it.
std::optional<BestCheckpoint> find_best(const std::vector<CheckpointEntry>& entries) {
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    try {
      return read_manifest(entry->directory).best;
    } catch (const UnreadableFile&) {
      throw;
    } catch (const Error&) {
      continue;
    }
  }
  return std::nullopt;
}

struct Candidate {
  fs::path directory;
  std::string reason;
};

/// The run's checkpoints in the order in which they are wanted.
std::vector<Candidate> candidates_of_run(const fs::path& run) {
  const fs::path checkpoints = run / kCheckpointsDirectory;
  const std::vector<CheckpointEntry> entries = list_checkpoints(checkpoints);
  std::vector<Candidate> candidates;
  if (const auto best = find_best(entries)) {
    const fs::path directory = checkpoints / checkpoint_directory_name(best->step);
    if (is_there(directory)) {
      candidates.push_back({directory, fmt::format("best {} {}", best->metric,
                                                   value_text(best->metric, best->value))});
    }
  }
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    candidates.push_back({entry->directory, "the newest"});
  }
  return candidates;
}

/// What choose_checkpoint does, for one process.
ChosenCheckpoint choose(const fs::path& target, const CheckpointCheck& check_also) {
  if (classify_target(target) == TargetKind::checkpoint) {
    return {load_checkpoint(target, check_also), "as given"};
  }
  const std::vector<Candidate> candidates = candidates_of_run(target);
  check(!candidates.empty(), ExitCode::usage, "the run '{}' has no checkpoint yet",
        target.string());
  std::string passed_over;
  for (const Candidate& candidate : candidates) {
    try {
      return {load_checkpoint(candidate.directory, check_also), candidate.reason + passed_over};
    } catch (const UnreadableFile&) {
      throw;
    } catch (const Error& error) {
      passed_over += fmt::format("; passed over: {}", error.what());
    }
  }
  fail(ExitCode::storage, "no checkpoint of the run '{}' is usable{}", target.string(),
       passed_over);
}

}  // namespace

TargetKind classify_target(const fs::path& target) {
  check(is_there(target), ExitCode::usage, "'{}' does not exist", target.string());
  const bool named_as_checkpoint =
      step_of_directory_name(fs::path(target / "").parent_path().filename().string()).has_value();
  if (named_as_checkpoint || is_there(target / kManifestFile)) return TargetKind::checkpoint;
  if (is_there(target / kCheckpointsDirectory)) return TargetKind::run;
  fail(ExitCode::usage,
       "'{}' is neither a run directory with checkpoints (it has no {}/) nor a checkpoint (it has "
       "no {}){}",
       target.string(), kCheckpointsDirectory, kManifestFile,
       fs::is_regular_file(target) ? ". A file of weights is given with --weights" : "");
}

ChosenCheckpoint choose_checkpoint(Communicator& communicator, const fs::path& target,
                                   const CheckpointCheck& check) {
  std::optional<LoadedCheckpoint> loaded;
  std::string reason;
  do_together(communicator, [&] {
    if (communicator.rank() != 0) return;
    ChosenCheckpoint chosen = choose(target, check);
    loaded = std::move(chosen.checkpoint);
    reason = std::move(chosen.reason);
  });
  reason = broadcast_text(communicator, std::move(reason), 0);
  return {*share_checkpoint(communicator, std::move(loaded)), std::move(reason)};
}

}  // namespace lockstep
