#pragma once

#include "sharding/tree/file_tree.h"

namespace lockstep {

/// A folder on the disk. Links are followed.
class DiskTree final : public FileTree {
 public:
  /// An empty `root` is where the program was started.
  explicit DiskTree(const std::filesystem::path& root) : FileTree(root.empty() ? "." : root) {}

  std::vector<FolderEntry> list(const std::string& folder) const override;
  bool is_file(const std::string& path) const override;
  bool is_folder(const std::string& path) const override;
  std::string identity(const std::string& folder) const override;
  std::vector<std::string> files(std::size_t most) const override;
  void read(const std::vector<std::string>& paths, std::uint64_t most,
            const Visit& visit) const override;
};

}  // namespace lockstep
