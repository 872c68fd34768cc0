#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sharding/archive/archive_walk.h"
#include "sharding/tree/file_tree.h"

namespace lockstep {

/// The folder that archives would be if they were unpacked. One pass over them lists the names,
/// which are held in memory; the content stays where it is.
///
/// Archives in an archive are folders too, called like them without their endings, where there is
/// no image beside them; not those in these. Links and devices are left out.
class ArchiveTree final : public FileTree {
 public:
  /// `root` is what the user calls it. Throws Error(data) where an archive cannot be read, has two
  /// entries of one name, or nothing in `set.inside`.
  ArchiveTree(const std::filesystem::path& root, ArchiveSet set);

  std::vector<FolderEntry> list(const std::string& folder) const override;
  bool is_file(const std::string& path) const override;
  bool is_folder(const std::string& path) const override;
  std::string identity(const std::string& folder) const override { return folder; }
  std::vector<std::string> files(std::size_t most) const override;
  void read(const std::vector<std::string>& paths, std::uint64_t most,
            const Visit& visit) const override;
  std::vector<std::string> notes() const override;

  const ArchiveSet& archives() const { return set_; }

 private:
  struct Skipped {
    std::uint64_t count = 0;
    std::string first;
  };

  void list_names();
  bool has_nested_alone(const std::filesystem::path& archive) const;
  void check_names() const;

  ArchiveSet set_;
  std::vector<std::string> names_;  ///< sorted; a folder's ends in a slash
  std::map<std::string, Skipped> skipped_;
};

}  // namespace lockstep
