#include "sharding/archive/archive_place.h"

#include <algorithm>

#include "sharding/archive/archive_name.h"
#include "sharding/source/image_name.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

bool is_archive_file(const fs::path& path) {
  std::error_code ignored;
  return archive_kind_by_name(path) && fs::is_regular_file(path, ignored);
}

/// The archives in a folder, sorted; none where images or folders are beside them, or it cannot be
/// read.
std::vector<fs::path> archives_alone(const fs::path& folder) {
  std::vector<fs::path> archives;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    const fs::path& path = entry->path();
    if (path.filename().string().starts_with('.')) continue;
    if (entry->is_directory(ignored) || format_by_name(path)) return {};
    if (is_archive_file(path)) archives.push_back(path);
  }
  std::ranges::sort(archives);
  return archives;
}

/// A path in an archive names the archives in that with or without their endings.
std::string without_endings(const fs::path& path) {
  fs::path result;
  for (const fs::path& part : path) {
    if (!part.empty() && part != ".") result /= archive_folder_name(part);
  }
  return result.string();
}

}  // namespace

std::optional<ArchiveSet> find_archives(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored) && !fs::is_directory(path, ignored) && !is_archive_file(path)) {
    return std::nullopt;
  }
  fs::path inside;
  for (fs::path at = path; !at.empty(); at = at.parent_path()) {
    if (is_archive_file(at)) return ArchiveSet{.files = {at}, .inside = without_endings(inside)};
    if (fs::is_directory(at, ignored)) {
      std::vector<fs::path> archives = archives_alone(at);
      if (archives.empty()) return std::nullopt;
      return ArchiveSet{
          .files = std::move(archives), .is_folder = true, .inside = without_endings(inside)};
    }
    if (at == at.parent_path()) break;
    inside = at.has_filename() ? at.filename() / inside : inside;
  }
  return std::nullopt;
}

}  // namespace lockstep
