#include "launcher/status/run_lock.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <thread>

#include <sys/file.h>

#include "launcher/status/heartbeats.h"
#include "launcher/status/slurm_queue.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// Of many ranks each writes less often (launcher/rank/watchdog.cc).
constexpr milliseconds kForEachRank{16};
constexpr auto kAskAgain = 10s;  // Slurm

/// Whoever takes the lock or replaces it holds this one for that moment.
FileLock guard_of(const fs::path& run, const std::string& holder) {
  const auto deadline = Clock::now() + 10s;
  for (;;) {
    if (auto guard = FileLock::try_acquire(run / "lock.guard", holder)) return std::move(*guard);
    check(Clock::now() < deadline, ExitCode::usage,
          "other jobs are taking the run directory '{}' at this moment ({}); start again", run,
          FileLock::holder(run / "lock.guard"));
    std::this_thread::sleep_for(20ms);
  }
}

/// One attempt to get the lock of a run, from the first look to the end.
class Taking {
 public:
  Taking(const fs::path& run, const RunLockRequest& request)
      : run_(run),
        file_(run / kRunLock),
        request_(request),
        mine_(encode(request.self)),
        begin_(Clock::now()),
        watch_(read_heartbeats(run), begin_) {
    const auto ranks = static_cast<int>(watch_.heartbeats().size());
    times_.still = std::max(request.times.still, ranks * kForEachRank);
    times_.glance = std::max(request.times.glance, ranks * kForEachRank);
    times_.patience = std::max(request.times.patience, times_.still);
  }

  FileLock run() {
    for (;;) {
      watch_.look(read_heartbeats(run_), Clock::now());
      if (auto lock = try_once()) return std::move(*lock);
      const LockVerdict verdict = judge(evidence(), times_);
      if (verdict == LockVerdict::refuse) refuse();
      if (verdict == LockVerdict::take) {
        if (auto lock = take_over()) return std::move(*lock);
      }
      const auto waited = Clock::now() - begin_;
      if (waited > 1s) tell();
      std::this_thread::sleep_for(waited < 1s ? 50ms : 250ms);
    }
  }

 private:
  /// The flock alone decides, unless the one that had it last may live where its flock is not seen.
  std::optional<FileLock> try_once() {
    const FileLock guard = guard_of(run_, mine_);
    const std::string text = FileLock::holder(file_);
    if (text != text_) {
      text_ = text;
      holder_ = decode_holder(text);
    }
    const bool may_live = holder_ && !is_there(*holder_, request_.self).has_value() &&
                          !watch_.heartbeats().empty() && !all_have_ended(watch_.heartbeats());
    if (may_live && watch_.still_for(Clock::now()) < times_.glance) return std::nullopt;
    return FileLock::try_acquire(file_, mine_);
  }

  HolderEvidence evidence() {
    const auto now = Clock::now();
    HolderEvidence evidence{
        .has_moved = watch_.has_moved(),
        .still_for = std::chrono::duration_cast<milliseconds>(watch_.still_for(now)),
        .waited = std::chrono::duration_cast<milliseconds>(now - begin_)};
    if (!holder_) return evidence;
    evidence.is_there = is_there(*holder_, request_.self);
    evidence.is_earlier_attempt = is_earlier_attempt(*holder_, request_.self);
    const bool is_other_cluster = !holder_->cluster.empty() && !request_.self.cluster.empty() &&
                                  holder_->cluster != request_.self.cluster;
    const bool is_asked = request_.has_ended && !holder_->job.empty() && !is_other_cluster &&
                          holder_->job != request_.self.job && evidence.still_for >= times_.still;
    if (is_asked && (!asked_ || now - *asked_ > kAskAgain)) {
      asked_ = now;
      job_has_ended_ = request_.has_ended(holder_->job);
    }
    evidence.job_has_ended = job_has_ended_;
    return evidence;
  }

  /// The old holder's file loses its name, so that it notices (FileLock::is_in_place) and writes
  /// nothing more. std::nullopt where another was faster.
  std::optional<FileLock> take_over() {
    const FileLock guard = guard_of(run_, mine_);
    if (FileLock::holder(file_) != text_) return std::nullopt;
    std::error_code error;
    fs::remove(file_, error);
    check(!error, ExitCode::storage, "cannot remove '{}', the lock of a job that is gone: {}",
          file_, error.message());
    return FileLock::try_acquire(file_, mine_);
  }

  std::string holder_text() const {
    return holder_ ? to_text(*holder_) : text_.empty() ? "not known" : text_;
  }

  void tell() {
    if (told_ || !request_.tell) return;
    told_ = true;
    request_.tell(message("waiting for the run directory '{}', whose lock another job holds ({})",
                          run_, holder_text()));
  }

  [[noreturn]] void refuse() const {
    const bool lives =
        watch_.has_moved() || !holder_ || is_there(*holder_, request_.self).value_or(false);
    check(!lives, ExitCode::usage,
          "another job is using the run directory '{}' ({}); wait for it, stop it with `lockstep "
          "stop`, or give this one its own with run.dir=DIR",
          run_, holder_text());
    fail(ExitCode::usage,
         "another job has the lock of the run directory '{}' ({}) and shows no sign of life, but "
         "nothing proves that it has ended. Look at that machine; when the process is gone, remove "
         "'{}' and start again",
         run_, holder_text(), file_);
  }

  const fs::path& run_;
  fs::path file_;
  const RunLockRequest& request_;
  LockTimes times_;
  std::string mine_;
  Clock::time_point begin_;
  HeartbeatWatch watch_;
  std::string text_;
  std::optional<RunHolder> holder_;
  std::optional<Clock::time_point> asked_;
  std::optional<bool> job_has_ended_;
  bool told_ = false;
};

}  // namespace

LockVerdict judge(const HolderEvidence& evidence, const LockTimes& times) {
  const bool is_seen = evidence.is_there.value_or(false);
  // An earlier attempt that still lives is about to be ended by Slurm.
  if ((is_seen || evidence.has_moved) && !evidence.is_earlier_attempt) {
    if (is_seen || evidence.still_for < times.still) return LockVerdict::refuse;
  }
  const bool is_gone = evidence.is_there == false || evidence.is_earlier_attempt ||
                       evidence.job_has_ended.value_or(false);
  if (is_gone && !is_seen && evidence.still_for >= times.still) return LockVerdict::take;
  return evidence.waited < times.patience ? LockVerdict::wait : LockVerdict::refuse;
}

FileLock take_run_lock(const fs::path& run, const RunLockRequest& request) {
  make_directories(run);
  return Taking(run, request).run();
}

RunLockRequest request_of(const Environment& environment) {
  const auto has_ended = [queue = SlurmQueue(environment)](const std::string& job) {
    const std::optional<QueueAnswer> answer = queue.ask(job);
    if (!answer) return std::optional<bool>();
    // One that waits has been put back: its earlier attempt has ended.
    return std::optional(!answer->job || stage_of(*answer->job) != JobStage::active);
  };
  return {.self = this_process(environment), .has_ended = has_ended};
}

std::optional<bool> is_locked(const fs::path& run) {
  const UniqueFd file(
      ::open((run / kRunLock).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return errno == ENOENT ? std::optional(false) : std::nullopt;
  if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return false;
  return errno == EWOULDBLOCK ? std::optional(true) : std::nullopt;
}

}  // namespace lockstep
