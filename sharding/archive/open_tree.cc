#include "sharding/archive/open_tree.h"

#include <utility>

#include "core/file.h"
#include "sharding/archive/archive_place.h"
#include "sharding/archive/archive_tree.h"
#include "sharding/tree/disk_tree.h"

namespace lockstep {

namespace fs = std::filesystem;

std::shared_ptr<const FileTree> open_tree(const fs::path& path, const fs::path& scratch) {
  std::optional<ArchiveSet> archives = find_archives(path);
  if (!archives) return std::make_shared<DiskTree>(path);
  archives->scratch = scratch;
  return std::make_shared<ArchiveTree>(path, *std::move(archives));
}

std::string read_source_text(const fs::path& path, const FileTree& tree, ExitCode code,
                             std::uint64_t most) {
  std::error_code ignored;
  const fs::path folder = path.parent_path();
  if (fs::exists(path, ignored) || !find_archives(folder)) return read_file(path, code, most);
  const std::string below =
      path.lexically_normal().lexically_relative(tree.root().lexically_normal()).string();
  if (!below.starts_with("..") && tree.is_file(below)) return read_tree_file(tree, below, most);
  const auto other = open_tree(folder, ".");
  const std::string name = path.filename().string();
  check(other->is_file(name), code, "there is no '{}'", path.string());
  return read_tree_file(*other, name, most);
}

}  // namespace lockstep
