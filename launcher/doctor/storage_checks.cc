#include "launcher/doctor/storage_checks.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/errno_text.h"
#include "core/file.h"
#include "core/storage/new_file.h"
#include "core/storage/staging.h"
#include "launcher/report/bytes_text.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

fs::path nearest_directory(const fs::path& wanted) {
  std::error_code error;
  fs::path existing = fs::absolute(wanted);
  while (!fs::is_directory(existing, error) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  return existing;
}

/// What `work` throws; empty: nothing.
std::string problem_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

double median_sync_seconds(const fs::path& file) {
  constexpr int kTimes = 9;
  std::vector<double> seconds;
  for (int i = 0; i < kTimes; ++i) {
    const Clock::time_point begin = Clock::now();
    write_file(file, std::string(4096, static_cast<char>('a' + i)));
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  std::ranges::nth_element(seconds, seconds.begin() + kTimes / 2);
  return seconds[kTimes / 2];
}

double seconds_ahead(const fs::path& file) {
  const fs::file_time_type now = fs::file_time_type::clock::now();
  return std::chrono::duration<double>(fs::last_write_time(file) - now).count();
}

void try_files(const fs::path& scratch, StorageFacts& facts) {
  const fs::path file = scratch / "file";
  facts.write_problem = problem_of([&] {
    facts.sync_seconds = median_sync_seconds(file);
    facts.clock_ahead = seconds_ahead(file);
  });
  if (!facts.write_problem.empty()) return;
  facts.rename_problem = problem_of([&] {
    const fs::path other = scratch / "other";
    write_file(other, "new");
    rename_durably(other, file);
    check(read_file(file, ExitCode::storage) == "new", ExitCode::storage,
          "'{}' has its old content after another file was renamed to it", file);
  });
  facts.lock_problem = problem_of([&] {
    const std::optional<FileLock> lock = FileLock::try_acquire(scratch / "lock", "doctor");
    check(lock.has_value(), ExitCode::storage, "a lock of a new file is refused");
    facts.lock_excludes = !FileLock::try_acquire(scratch / "lock", "another").has_value();
  });
}

Finding finding(std::string name, Verdict verdict, std::string why, std::string remedy) {
  return {CheckedPart::storage, std::move(name), verdict, std::move(why), std::move(remedy)};
}

constexpr const char* kElsewhere =
    "put run.dir on another file system, or repair this one (`dmesg`, `df -h`, `df -i`, `mount`)";

Finding check_sync(const StorageFacts& facts) {
  constexpr double kSlow = 0.2, kHopeless = 5;  // seconds
  return finding("fsync", verdict_of(facts.sync_seconds > kHopeless, facts.sync_seconds > kSlow),
                 fmt::format("{:.1f} ms for a small file", 1000 * facts.sync_seconds),
                 "the disk is slow or busy: checkpoints wait for it; put run.dir on a faster one, "
                 "or write fewer (checkpoint.every_epochs, checkpoint.every_steps)");
}

Finding check_locks(const StorageFacts& facts) {
  const bool fails = !facts.lock_problem.empty() || !facts.lock_excludes;
  return finding("locks", verdict_of(fails, false),
                 !facts.lock_problem.empty() ? facts.lock_problem
                 : facts.lock_excludes       ? "a second lock of a file is refused"
                                             : "two locks of one file are granted at once",
                 "two trainings could write one run: mount it with locks (NFS: v4, or lockd; "
                 "Lustre: -o flock), or put run.dir elsewhere");
}

Finding check_space(const StorageFacts& facts) {
  constexpr std::uint64_t kGiB = 1 << 30;
  return finding("free space", verdict_of(facts.free < kGiB / 8, facts.free < 2 * kGiB),
                 bytes_text(facts.free),
                 "checkpoints need it: remove what is not needed, put run.dir elsewhere, or keep "
                 "fewer (checkpoint.keep)");
}

Finding check_file_times(const StorageFacts& facts) {
  constexpr double kFar = 10;  // seconds
  const bool warns = std::abs(facts.clock_ahead) > kFar;
  return finding(
      "file times", verdict_of(false, warns),
      warns ? fmt::format("a new file's time is {:.0f} s {} this machine's",
                          std::abs(facts.clock_ahead), facts.clock_ahead > 0 ? "after" : "before")
            : "as this machine's clock",
      "let NTP or chrony keep the clocks of this machine and of the file server");
}

}  // namespace

StorageFacts try_storage(const fs::path& directory) {
  StorageFacts facts;
  facts.directory = nearest_directory(directory);
  fs::path scratch;
  facts.write_problem = problem_of([&] {
    facts.free = free_bytes(facts.directory);
    std::string name = facts.directory / ".lockstep-doctor-XXXXXX";
    check(::mkdtemp(name.data()) != nullptr, ExitCode::storage,
          "cannot make a directory in '{}': {}", facts.directory, errno_text(errno));
    scratch = name;
  });
  if (scratch.empty()) return facts;
  try_files(scratch, facts);
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  return facts;
}

Findings check_storage(const StorageFacts& facts) {
  Findings all = {finding(
      "write", verdict_of(!facts.write_problem.empty(), false),
      facts.write_problem.empty() ? facts.directory.string() : facts.write_problem, kElsewhere)};
  if (facts.write_problem.empty()) {
    all.push_back(
        finding("rename", verdict_of(!facts.rename_problem.empty(), false),
                facts.rename_problem.empty() ? "a file is replaced whole" : facts.rename_problem,
                kElsewhere));
    all.push_back(check_locks(facts));
    all.push_back(check_sync(facts));
    all.push_back(check_file_times(facts));
  }
  all.push_back(check_space(facts));
  return all;
}

}  // namespace lockstep
