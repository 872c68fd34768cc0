#include "launcher/job/scratch_directory.h"

#include <cerrno>
#include <cstdlib>
#include <unistd.h>

#include <sys/stat.h>

#include "core/errno_text.h"
#include "core/error.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr const char* lock_name = "owner";

std::string prefix() { return fmt::format("lockstep-{}-", geteuid()); }

bool is_own_directory(const fs::path& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid();
}

}  // namespace

void sweep_scratch_directories(const fs::path& base) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(base, error)) {
    const fs::path& path = entry.path();
    if (!path.filename().string().starts_with(prefix()) || !is_own_directory(path)) continue;
    try {
      if (FileLock::try_acquire(path / lock_name, "swept")) fs::remove_all(path, error);
    } catch (const Error&) {
      // Another start sweeps it at this moment.
    }
  }
}

ScratchDirectory::ScratchDirectory(const fs::path& base) {
  sweep_scratch_directories(base);
  // A sweep of another start may take the new directory before its lock is held: then once more.
  for (int attempt = 0; attempt < 10; ++attempt) {
    std::string name = (base / (prefix() + "XXXXXX")).string();
    check(mkdtemp(name.data()) != nullptr, ExitCode::storage,
          "cannot create a directory in '{}': {}", base.string(), errno_text(errno));
    path_ = name;
    try {
      lock_ = FileLock::try_acquire(path_ / lock_name, fmt::format("process {}", getpid()));
      if (lock_ && fs::exists(path_ / lock_name)) return;
    } catch (const Error&) {
      // As above.
    }
  }
  fail(ExitCode::storage, "cannot keep a directory in '{}': something removes it", base.string());
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code error;
  fs::remove_all(path_, error);
}

}  // namespace lockstep
