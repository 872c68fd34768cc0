#include "core/storage/staging.h"

#include <cassert>
#include <cstddef>
#include <system_error>
#include <unistd.h>

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
  const std::filesystem::path place = std::filesystem::absolute(path);
  const std::filesystem::path beside =
      place.parent_path() / fmt::format(".{}.{}.new", place.filename().string(), ::getpid());
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
