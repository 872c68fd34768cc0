#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "checkpoint/snapshot.h"

namespace lockstep {

/// Where a commit takes the state of one step from. It owns all that it needs, since training goes
/// on meanwhile. Both functions are called once at most, one after the other, on another thread.
struct CommitSource {
  std::int64_t step = 0;
  /// A hash of what this rank holds, the same on two ranks only where their bits are. Every rank;
  /// not called in a job of one.
  std::function<std::string()> digest;
  /// Rank 0: the state. Its bytes stay until this object is destroyed.
  std::function<Snapshot()> snapshot;
};

/// What a commit did.
struct CommittedCheckpoint {
  std::int64_t step = 0;
  std::filesystem::path directory;
  std::string state_digest;
  std::uint64_t bytes = 0;  ///< on disk, all files
};

/// What one rank does for a commit.
struct CommitTask {
  std::filesystem::path checkpoints;
  int keep = 0;                               ///< as CheckpointStoreOptions has it
  std::optional<std::int64_t> rollback = {};  ///< likewise
  std::function<void()> before_commit;        ///< likewise
  bool compares = false;                      ///< its digest is needed
  bool writes = false;                        ///< rank 0
};

/// One rank's part of a commit, on a thread of its own: it hashes, writes and syncs, and makes no
/// collective call. Files are made beside the checkpoints; they become one only after allow().
///
///     PendingCommit pending(std::move(source), task);
///     train();
///     if (pending.has_digest() && all_are_equal(pending.digest())) pending.allow();
///     pending.wait();
///     pending.check_failure();
class PendingCommit {
 public:
  PendingCommit(CommitSource source, CommitTask task);
  /// Waits for the thread. A commit that was not allowed leaves nothing behind.
  ~PendingCommit();
  PendingCommit(const PendingCommit&) = delete;
  PendingCommit& operator=(const PendingCommit&) = delete;

  std::int64_t step() const { return source_.step; }
  /// Whether the digest is known, or will never be, since the thread has failed.
  bool has_digest() const;
  bool is_done() const;
  void wait_for_digest() const;
  void wait() const;
  /// Throws what the thread has thrown so far, Error(storage) above all.
  void check_failure() const;
  std::string digest() const;

  /// The ranks hold the same: the files may become a checkpoint.
  void allow();
  bool is_allowed() const;

  /// On the rank that writes, once it is done.
  const CommittedCheckpoint& committed() const { return committed_; }
  /// What went wrong with old checkpoints, which is no reason to end a run; likewise.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  enum class Word { none, allowed, dropped };

  void work();
  void write();
  Word wait_for_word() const;
  void delete_old(const Manifest& manifest);
  template <typename F>
  auto explaining(const F& part);

  CommitSource source_;
  CommitTask task_;
  CommittedCheckpoint committed_;
  std::vector<std::string> warnings_;
  mutable std::mutex mutex_;  // of what follows
  mutable std::condition_variable changed_;
  std::optional<std::string> digest_;
  std::exception_ptr failure_;
  bool done_ = false;
  Word word_ = Word::none;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace lockstep
