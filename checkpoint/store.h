#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <spdlog/logger.h>

#include "checkpoint/pending_commit.h"
#include "checkpoint/reader.h"
#include "checkpoint/snapshot.h"
#include "comm/communicator/communicator.h"

namespace lockstep {

struct CheckpointStoreOptions {
  int keep = 3;  ///< how many of the newest stay, beside the best; 0: all
  /// So many steps before its newest checkpoint the run may have to go back; empty: it does not.
  std::optional<std::int64_t> rollback = {};
  /// Called on rank 0 before it writes, on the thread that does; what it throws is the commit's
  /// error on every rank.
  std::function<void()> before_commit = {};
  CheckpointCheck check = {};  ///< of each that is loaded
};

/// The checkpoints of one run, RUN/checkpoints, as all ranks of its job write and read them. The
/// caller holds the run directory's lock, and outlives this object with communicator and logger.
/// Every member is a collective: every rank calls it, in the same order; where one rank fails,
/// every rank throws the same Error. Not for use from two threads. Files are written on a thread of
/// its own, which calls no collective.
///
///     CheckpointStore store(run / "checkpoints", communicator, log, {.keep = 3});
///     if (const auto newest = store.load_newest()) restore(*newest);
///     store.begin_commit(source);       // training goes on, and at the end of each step:
///     if (const auto committed = store.poll_commit()) log(*committed);
class CheckpointStore {
 public:
  /// Collective. Creates the directory, and removes what a killed commit left in it. Throws
  /// Error(storage).
  CheckpointStore(std::filesystem::path directory, Communicator& communicator, spdlog::logger& log,
                  const CheckpointStoreOptions& options = {});
  /// Not a collective: the job may be ending because of an error. A commit that is under way is
  /// finished where the ranks have compared what they hold, or is one; else it leaves nothing.
  ~CheckpointStore();
  CheckpointStore(const CheckpointStore&) = delete;
  CheckpointStore& operator=(const CheckpointStore&) = delete;

  /// Collective. Begins to make the state of `source`, of which every rank holds the same bits, the
  /// checkpoint of its step: it is there whole or not at all, whatever happens meanwhile. Then
  /// what options.keep does not keep is deleted. One of the same step that is there already is kept
  /// where it is equal, else replaced. None may be under way.
  void begin_commit(CommitSource source);
  /// Whether a commit is under way. Not a collective, and the same on every rank.
  bool is_committing() const { return pending_ != nullptr; }
  /// Collective, and waits for no disk: takes a commit that is under way further where all ranks
  /// are ready for that. What it did, once it is done. Throws Error(storage), with the older
  /// checkpoints untouched and nothing left behind (a full disk says how much is needed), and
  /// Error(internal) where a rank holds other bits than rank 0.
  std::optional<CommittedCheckpoint> poll_commit();
  /// Collective. Waits for the commit that is under way; std::nullopt where none is. Throws as
  /// poll_commit().
  std::optional<CommittedCheckpoint> finish_commit();
  /// Collective. Begins one and waits for it.
  CommittedCheckpoint commit(const Snapshot& snapshot);

  /// Collective. The newest checkpoint that verifies, or std::nullopt where the run has had none.
  /// Those that do not are renamed `….corrupt`, and logged. Throws Error(storage) where that leaves
  /// none (a run does not begin anew by itself), where one is of another version or the system
  /// cannot read it now (it stays as it is), and where a rank cannot read what rank 0 chose.
  std::optional<LoadedCheckpoint> load_newest();

  /// Collective. The checkpoint in `directory`, of this run or another. Throws Error(storage) where
  /// it does not verify.
  LoadedCheckpoint load(const std::filesystem::path& directory);

  /// Collective. The run goes on from the checkpoint of `step` in `directory`: the later ones are
  /// renamed `….superseded`, and logged. Where that one is not in use, all are, since they may
  /// belong to another course of training.
  void supersede_others(const std::filesystem::path& directory, std::int64_t step);

  /// Collective. The run goes on from its newest checkpoint of the steps `first` to `last`: the
  /// later ones are renamed `….superseded`, and logged. Throws Error(storage) where there is none.
  void go_back(std::int64_t first, std::int64_t last);

 private:
  /// Collective: rank 0 does `work`, every rank throws what it threw.
  void on_root(const std::function<void()>& work);
  std::optional<LoadedCheckpoint> load_newest_or_set_aside();
  void compare_ranks();
  CommittedCheckpoint end_commit();

  std::filesystem::path directory_;
  Communicator& communicator_;
  spdlog::logger& log_;
  CheckpointStoreOptions options_;
  std::unique_ptr<PendingCommit> pending_;
};

}  // namespace lockstep
