#include "checkpoint/pending_commit.h"

#include <utility>

#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "checkpoint/retention.h"
#include "checkpoint/state_digest.h"
#include "checkpoint/writer.h"
#include "core/error.h"

namespace lockstep {
namespace {

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

PendingCommit::PendingCommit(CommitSource source, CommitTask task)
    : source_(std::move(source)), task_(std::move(task)), thread_([this] { work(); }) {}

PendingCommit::~PendingCommit() {
  const std::lock_guard lock(mutex_);
  if (word_ == Word::none) word_ = Word::dropped;
  changed_.notify_all();
}

bool PendingCommit::has_digest() const {
  const std::lock_guard lock(mutex_);
  return digest_.has_value() || done_;
}

bool PendingCommit::is_done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

void PendingCommit::wait_for_digest() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return digest_.has_value() || done_; });
}

void PendingCommit::wait() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done_; });
}

void PendingCommit::check_failure() const {
  const std::lock_guard lock(mutex_);
  if (failure_) std::rethrow_exception(failure_);
}

std::string PendingCommit::digest() const {
  const std::lock_guard lock(mutex_);
  return digest_.value_or("");
}

void PendingCommit::allow() {
  const std::lock_guard lock(mutex_);
  word_ = Word::allowed;
  changed_.notify_all();
}

bool PendingCommit::is_allowed() const {
  const std::lock_guard lock(mutex_);
  return word_ == Word::allowed;
}

PendingCommit::Word PendingCommit::wait_for_word() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return word_ != Word::none; });
  return word_;
}

void PendingCommit::work() {
  std::exception_ptr failure;
  try {
    if (task_.compares) {
      std::string digest = source_.digest();
      const std::lock_guard lock(mutex_);
      digest_ = std::move(digest);
      changed_.notify_all();
    }
    if (task_.writes) write();
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  failure_ = failure;
  done_ = true;
  changed_.notify_all();
}

/// What `part` returns; its Error says what is left. Where the whole directory is not this job's
/// any more, that is the error.
template <typename F>
auto PendingCommit::explaining(const F& part) {
  try {
    return part();
  } catch (const Error& error) {
    if (task_.before_commit) task_.before_commit();
    fail_to_commit(error, task_.checkpoints, source_.step);
  }
}

void PendingCommit::write() {
  if (task_.before_commit) task_.before_commit();
  const Snapshot snapshot = source_.snapshot();
  const std::string digest = state_digest(snapshot.model, snapshot.optimizer);
  const Manifest manifest =
      explaining([&] { return stage_checkpoint(task_.checkpoints, snapshot, digest); });
  if (wait_for_word() == Word::dropped) {
    discard_staged(task_.checkpoints, source_.step);
    return;
  }
  explaining([&] {
    publish_checkpoint(task_.checkpoints, manifest);
    committed_ = {.step = source_.step,
                  .directory = task_.checkpoints / checkpoint_directory_name(source_.step),
                  .state_digest = digest,
                  .bytes = bytes_on_disk(manifest)};
    delete_old(manifest);
  });
}

void PendingCommit::delete_old(const Manifest& manifest) {
  std::vector<std::int64_t> steps;
  for (const CheckpointEntry& entry : list_checkpoints(task_.checkpoints)) {
    steps.push_back(entry.step);
  }
  std::optional<std::int64_t> best;
  if (manifest.best) best = manifest.best->step;
  for (const std::int64_t step : steps_to_delete(steps, task_.keep, best, task_.rollback)) {
    const auto directory = task_.checkpoints / checkpoint_directory_name(step);
    try {
      delete_checkpoint(directory);
    } catch (const Error& error) {  // the run has what it needs: no reason to end it
      const bool whole = std::filesystem::exists(directory);
      warnings_.push_back(
          fmt::format("the old checkpoint of step {} {}: {}", step,
                      whole ? "stays" : "is deleted in part, and the next start removes the rest",
                      error.what()));
    }
  }
}

}  // namespace lockstep
