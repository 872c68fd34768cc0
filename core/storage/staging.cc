#include "core/storage/staging.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <climits>
#include <csignal>
#include <cstddef>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "core/file.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

void rename_path(const Rename& names) {
  std::error_code error;
  fs::rename(names.from, names.to, error);
  check(!error, ExitCode::storage, "cannot rename '{}' to '{}': {}", names.from.string(),
        names.to.string(), error.message());
}

/// In reverse order; stops and gives false where one cannot be put back, since what is before it in
/// the order counts on it.
bool undo(std::span<const Rename> done) {
  bool good = true;
  for (std::size_t i = done.size(); good && i-- > 0;) {
    std::error_code error;
    fs::rename(done[i].to, done[i].from, error);
    good = !error;
  }
  return good;
}

// A signal handler reaches nothing but static memory.
char unfinished_file[PATH_MAX];
std::atomic<pid_t> writing_process = 0;
static_assert(std::atomic<pid_t>::is_always_lock_free);

extern "C" void remove_unfinished(int signal) {
  if (::getpid() == writing_process) ::unlink(unfinished_file);  // and not a child of it
  std::signal(signal, SIG_DFL);
  std::raise(signal);  // takes effect when the handler returns
}

/// Removes a file where a signal ends the process that is writing it. One at a time.
class RemovedOnSignal {
 public:
  explicit RemovedOnSignal(const fs::path& file) {
    assert(writing_process == 0);
    const std::string& path = file.native();
    check(path.size() < PATH_MAX, ExitCode::storage, "the path '{}' is too long", path);
    std::ranges::copy(path, unfinished_file);
    unfinished_file[path.size()] = '\0';
    writing_process = ::getpid();
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR2, SIGXCPU}) {
      struct sigaction before {};
      sigaction(signal, nullptr, &before);
      if (before.sa_handler != SIG_DFL) continue;
      std::signal(signal, remove_unfinished);
      replaced_.push_back(signal);
    }
  }
  ~RemovedOnSignal() {
    for (const int signal : replaced_) std::signal(signal, SIG_DFL);
    writing_process = 0;
  }
  RemovedOnSignal(const RemovedOnSignal&) = delete;
  RemovedOnSignal& operator=(const RemovedOnSignal&) = delete;

 private:
  std::vector<int> replaced_;
};

/// Beside `path`, of this process alone, and no longer than a name may be.
fs::path name_beside(const fs::path& path) {
  constexpr std::size_t kKept = 200;
  return path.parent_path() /
         fmt::format(".{}.{}.new", path.filename().string().substr(0, kKept), ::getpid());
}

}  // namespace

void rename_together(std::span<const Rename> renames, const fs::path& directory) {
  assert(!renames.empty());
  std::size_t done = 0;
  try {
    for (const Rename& names : renames) {
      if (done > 0 && done == renames.size() - 1) sync_directory(directory);
      rename_path(names);
      ++done;
    }
    sync_directory(directory);
  } catch (const Error& error) {
    if (undo(renames.first(done))) throw;
    throw HalfRenamed(error.code(), error.what());
  }
}

void rename_durably(const fs::path& from, const fs::path& to) {
  const Rename names[] = {{from, to}};
  rename_together(names, to.parent_path());
}

void write_beside(const std::filesystem::path& path,
                  const std::function<void(const std::filesystem::path& beside)>& write) {
  const fs::path place = fs::absolute(path);
  const fs::path beside = name_beside(place);
  const RemovedOnSignal guard_of_signals(beside);
  RemovedOnFailure guard(beside);
  write(beside);
  rename_durably(beside, place);
  guard.succeed();
}

void remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  check(!error, ExitCode::storage, "cannot remove '{}': {}", path.string(), error.message());
}

RemovedOnFailure::~RemovedOnFailure() {
  std::error_code ignored;
  if (!succeeded_) fs::remove_all(path_, ignored);
}

}  // namespace lockstep
