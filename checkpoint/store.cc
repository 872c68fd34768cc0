#include "checkpoint/store.h"

#include <array>
#include <cassert>
#include <span>
#include <utility>
#include <vector>

#include "checkpoint/agreement.h"
#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "checkpoint/shared_load.h"
#include "checkpoint/state_digest.h"
#include "checkpoint/writer.h"
#include "comm/communicator/odd_ranks.h"
#include "core/file.h"
#include "core/printable.h"

namespace lockstep {
namespace {

/// Collective. A checkpoint of ranks that have drifted apart would hide the drift.
void check_same_everywhere(Communicator& communicator, const std::string& digest,
                           std::int64_t step) {
  const std::string odd = tell_odd_ranks(communicator, digest);
  check(odd.empty(), ExitCode::internal,
        "after step {} {}: a bit was flipped in a memory, or one of their machines computes "
        "wrongly. No checkpoint was written; leave that machine out, and start again",
        step, odd);
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

CheckpointStore::~CheckpointStore() {
  if (!pending_ || communicator_.rank() != 0) return;
  const std::int64_t step = pending_->step();
  if (!pending_->is_allowed()) {
    log_.warn("the checkpoint of step {} was not finished: the ranks had not compared it yet",
              step);
    return;
  }
  pending_->wait();
  try {
    pending_->check_failure();
    log_.info("the checkpoint of step {} was finished all the same", step);
  } catch (const std::exception& error) {
    log_.error("the checkpoint of step {} failed too: {}", step, printable_lines(error.what()));
  }
}

CommittedCheckpoint CheckpointStore::commit(const Snapshot& snapshot) {
  begin_commit({.step = snapshot.step,
                .digest = [&] { return state_digest(snapshot.model, snapshot.optimizer); },
                .snapshot = [&] { return snapshot; }});
  return *finish_commit();
}

void CheckpointStore::begin_commit(CommitSource source) {
  assert(!pending_);
  const bool alone = communicator_.size() == 1;
  pending_ = std::make_unique<PendingCommit>(std::move(source),
                                             CommitTask{.checkpoints = directory_,
                                                        .keep = options_.keep,
                                                        .rollback = options_.rollback,
                                                        .before_commit = options_.before_commit,
                                                        .compares = !alone,
                                                        .writes = communicator_.rank() == 0});
  if (alone) pending_->allow();
}

std::optional<CommittedCheckpoint> CheckpointStore::poll_commit() {
  if (!pending_) return std::nullopt;
  const bool is_ready = pending_->is_allowed() ? pending_->is_done() : pending_->has_digest();
  std::array<std::int64_t, 1> waiting = {is_ready ? 0 : 1};
  communicator_.all_reduce_sum(std::span<std::int64_t>(waiting));
  if (waiting[0] > 0) return std::nullopt;
  if (pending_->is_allowed()) return end_commit();
  compare_ranks();
  return std::nullopt;
}

std::optional<CommittedCheckpoint> CheckpointStore::finish_commit() {
  if (!pending_) return std::nullopt;
  if (!pending_->is_allowed()) {
    pending_->wait_for_digest();
    compare_ranks();
  }
  pending_->wait();
  return end_commit();
}

/// Collective. From here on rank 0 can make the files a checkpoint, whatever becomes of the others.
void CheckpointStore::compare_ranks() {
  try {
    do_together(communicator_, [&] { pending_->check_failure(); });
    check_same_everywhere(communicator_, pending_->digest(), pending_->step());
  } catch (const Error&) {
    pending_.reset();
    communicator_.barrier();  // nothing is left behind when the first rank ends
    throw;
  }
  pending_->allow();
}

/// Collective. Every rank knows that the checkpoint is there before it goes on.
CommittedCheckpoint CheckpointStore::end_commit() {
  const auto pending = std::move(pending_);
  do_together(communicator_, [&] { pending->check_failure(); });
  for (const std::string& warning : pending->warnings()) log_.warn(warning);
  CommittedCheckpoint committed = pending->committed();
  committed.step = pending->step();
  committed.directory = directory_ / checkpoint_directory_name(pending->step());
  committed.state_digest = broadcast_text(communicator_, std::move(committed.state_digest), 0);
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

void CheckpointStore::go_back(std::int64_t first, std::int64_t last) {
  CheckpointEntry newest;
  on_root([&] {
    for (CheckpointEntry& entry : list_checkpoints(directory_)) {
      if (entry.step >= first && entry.step <= last) newest = std::move(entry);
    }
    check(!newest.directory.empty(), ExitCode::storage,
          "the run has to go back to step {}, and '{}' has no checkpoint of the steps from {} to "
          "there: write more of them (checkpoint.every_steps), or go back with --resume PATH",
          last, directory_, first);
  });
  supersede_others(newest.directory, newest.step);
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

}  // namespace lockstep
