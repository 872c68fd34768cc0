#include "sharding/tree/disk_tree.h"

#include <algorithm>

#include "core/error.h"
#include "core/file.h"

namespace lockstep {

namespace fs = std::filesystem;

std::vector<FolderEntry> DiskTree::list(const std::string& folder) const {
  std::vector<FolderEntry> result;
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(root() / folder)) {
      std::error_code ignored;  // a link that leads nowhere, or in a circle, has no type
      result.push_back({entry.path().filename(), entry.status(ignored).type()});
    }
  } catch (const fs::filesystem_error& error) {
    fail(ExitCode::data, "cannot list the images in '{}': {}", (root() / folder).string(),
         error.what());
  }
  std::ranges::sort(result, {}, &FolderEntry::name);
  return result;
}

bool DiskTree::is_file(const std::string& path) const {
  std::error_code error;
  const fs::file_status status = fs::status(root() / path, error);
  // What cannot be looked at now is not missing: reading it will say why.
  return fs::is_regular_file(status) || error == std::errc::permission_denied;
}

bool DiskTree::is_folder(const std::string& path) const {
  std::error_code ignored;
  return fs::is_directory(root() / path, ignored);
}

std::string DiskTree::identity(const std::string& folder) const {
  return fs::canonical(root() / folder).string();
}

std::vector<std::string> DiskTree::files(std::size_t most) const {
  std::vector<std::string> result;
  std::error_code error;
  constexpr auto kOptions = fs::directory_options::skip_permission_denied;
  std::size_t listed = 0;
  for (fs::recursive_directory_iterator entry(root(), kOptions, error), end;
       !error && entry != end && listed < most; entry.increment(error), ++listed) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) {
      result.push_back(entry->path().lexically_relative(root()).lexically_normal().string());
    }
  }
  return result;
}

void DiskTree::read(const std::vector<std::string>& paths, std::uint64_t most,
                    const Visit& visit) const {
  for (const std::string& path : paths) {
    visit(path, read_file(root() / path, ExitCode::data, most));
  }
}

}  // namespace lockstep
