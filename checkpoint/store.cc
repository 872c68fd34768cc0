#include "checkpoint/store.h"

#include <span>
#include <utility>
#include <vector>

#include "checkpoint/agreement.h"
#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "checkpoint/retention.h"
#include "checkpoint/shared_load.h"
#include "checkpoint/state_digest.h"
#include "checkpoint/writer.h"
#include "core/file.h"

namespace lockstep {
namespace {

/// Collective. A checkpoint of ranks that have drifted apart would hide the drift.
void check_same_everywhere(Communicator& communicator, const std::string& digest,
                           std::int64_t step) {
  std::vector<char> all(digest.size() * static_cast<std::size_t>(communicator.size()));
  communicator.all_gather(std::as_bytes(std::span(digest)), std::as_writable_bytes(std::span(all)));
  const std::string_view digests(all.data(), all.size());
  const std::string_view first = digests.substr(0, digest.size());
  for (int rank = 1; rank < communicator.size(); ++rank) {
    const std::string_view other =
        digests.substr(static_cast<std::size_t>(rank) * digest.size(), digest.size());
    check(other == first, ExitCode::internal,
          "after step {} rank {} holds other bits than rank 0 (state digests {} and {}); no "
          "checkpoint was written",
          step, rank, other, first);
  }
}

/// `error`, with the checkpoint that is left to start from: an older one, or of `step` itself where
/// a commit of another content failed, which leaves that as it was.
[[noreturn]] void fail_to_commit(const Error& error, const std::filesystem::path& checkpoints,
                                 std::int64_t step) {
  std::string left = "there is no older checkpoint";
  try {
    auto entries = list_checkpoints(checkpoints);
    std::erase_if(entries, [&](const CheckpointEntry& entry) { return entry.step > step; });
    if (!entries.empty()) {
      left = fmt::format("the checkpoint of step {} is untouched", entries.back().step);
    }
  } catch (const Error&) {
    left = "the older checkpoints cannot be listed";  // this must not hide the first error
  }
  fail(error.code(), "{} ({})", error.what(), left);
}

}  // namespace

CheckpointStore::CheckpointStore(std::filesystem::path directory, Communicator& communicator,
                                 spdlog::logger& log, const CheckpointStoreOptions& options)
    : directory_(std::move(directory)), communicator_(communicator), log_(log), options_(options) {
  on_root([&] {
    make_directories(directory_);
    recover_checkpoints(directory_);
  });
}

CommittedCheckpoint CheckpointStore::commit(const Snapshot& snapshot) {
  CommittedCheckpoint committed;
  committed.directory = directory_ / checkpoint_directory_name(snapshot.step);
  committed.state_digest = state_digest(snapshot.model, snapshot.optimizer);
  check_same_everywhere(communicator_, committed.state_digest, snapshot.step);

  // Two votes: the files are durable before any rank's manifest can name them, and every rank knows
  // that the checkpoint is there before it goes on.
  Manifest manifest;
  const auto commit_on_root = [&](const auto& work) {
    on_root([&] {
      try {
        work();
      } catch (const Error& error) {
        fail_to_commit(error, directory_, snapshot.step);
      }
    });
  };
  on_root([&] {
    if (options_.before_commit) options_.before_commit();
  });
  commit_on_root(
      [&] { manifest = stage_checkpoint(directory_, snapshot, committed.state_digest); });
  commit_on_root([&] {
    publish_checkpoint(directory_, manifest);
    committed.bytes = bytes_on_disk(manifest);
    delete_old(manifest);
  });
  communicator_.broadcast(std::as_writable_bytes(std::span(&committed.bytes, 1)), 0);
  return committed;
}

std::optional<LoadedCheckpoint> CheckpointStore::load_newest() {
  std::optional<LoadedCheckpoint> loaded;
  on_root([&] { loaded = load_newest_or_set_aside(); });
  return share_checkpoint(communicator_, std::move(loaded));
}

LoadedCheckpoint CheckpointStore::load(const std::filesystem::path& directory) {
  std::optional<LoadedCheckpoint> loaded;
  on_root([&] { loaded = load_checkpoint(directory, options_.check); });
  return *share_checkpoint(communicator_, std::move(loaded));
}

void CheckpointStore::supersede_others(const std::filesystem::path& directory, std::int64_t step) {
  on_root([&] {
    const bool in_use = is_in_use(directory, step, directory_);
    for (const CheckpointEntry& entry : list_checkpoints(directory_)) {
      if (in_use && entry.step <= step) continue;
      const auto aside = set_aside(entry.directory, kSupersededSuffix);
      log_.info("the run goes back to '{}': the checkpoint of step {} is now '{}'",
                printable(directory.string()), entry.step, printable(aside.string()));
    }
  });
}

void CheckpointStore::on_root(const std::function<void()>& work) {
  do_together(communicator_, [&] {
    if (communicator_.rank() == 0) work();
  });
}

std::optional<LoadedCheckpoint> CheckpointStore::load_newest_or_set_aside() {
  for (auto entries = list_checkpoints(directory_); !entries.empty(); entries.pop_back()) {
    const CheckpointEntry& entry = entries.back();
    try {
      return load_checkpoint(entry.directory, options_.check);
    } catch (const UnsupportedCheckpoint&) {
      throw;
    } catch (const UnreadableFile& error) {
      fail(error.code(),
           "{}; the checkpoint of step {} may be whole and is left as it is: start again when it "
           "can be read, or move it away to go on from an older one",
           error.what(), entry.step);
    } catch (const Error& error) {
      const auto aside = set_aside(entry.directory, kCorruptSuffix);
      log_.warn("the checkpoint of step {} is not usable and is now '{}': {}", entry.step,
                printable(aside.string()), error.what());
    }
  }
  check_nothing_was_lost(directory_);
  return std::nullopt;
}

void CheckpointStore::delete_old(const Manifest& committed) {
  std::vector<std::int64_t> steps;
  for (const CheckpointEntry& entry : list_checkpoints(directory_)) steps.push_back(entry.step);
  std::optional<std::int64_t> best;
  if (committed.best) best = committed.best->step;
  for (const std::int64_t step : steps_to_delete(steps, options_.keep, best)) {
    try {
      delete_checkpoint(directory_ / checkpoint_directory_name(step));
    } catch (const Error& error) {  // the run has what it needs: no reason to end it
      const bool whole = std::filesystem::exists(directory_ / checkpoint_directory_name(step));
      log_.warn("the old checkpoint of step {} {}: {}", step,
                whole ? "stays" : "is deleted in part, and the next start removes the rest",
                error.what());
    }
  }
}

}  // namespace lockstep
