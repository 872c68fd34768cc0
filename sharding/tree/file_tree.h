#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace lockstep {

/// An entry of a folder.
struct FolderEntry {
  std::string name;
  std::filesystem::file_type type = std::filesystem::file_type::none;  ///< links followed
};

/// The files that a source is made of, by their paths below its root: a folder on the disk, or an
/// archive, which is the folder that it would be if it were unpacked. Paths have slashes between
/// their parts and are relative; "" is the root. Listings do not change.
class FileTree {
 public:
  explicit FileTree(std::filesystem::path root) : root_(std::move(root)) {}
  virtual ~FileTree() = default;

  /// What the user calls it.
  const std::filesystem::path& root() const { return root_; }

  /// The entries of `folder` in the bytewise order of their names, so that the order depends
  /// neither on the locale nor on the file system. Throws Error(data).
  virtual std::vector<FolderEntry> list(const std::string& folder) const = 0;
  virtual bool is_file(const std::string& path) const = 0;
  virtual bool is_folder(const std::string& path) const = 0;
  /// One text for each folder, whatever links lead to it.
  virtual std::string identity(const std::string& folder) const = 0;
  /// The paths of files, in any order; not more than `most`, nor below a folder that cannot be
  /// read.
  virtual std::vector<std::string> files(std::size_t most) const = 0;

  /// Calls `visit` with the content of each of `paths`, once and in any order. Throws Error(data)
  /// where one cannot be read or has more than `most` bytes.
  using Visit = std::function<void(const std::string& path, const std::string& content)>;
  virtual void read(const std::vector<std::string>& paths, std::uint64_t most,
                    const Visit& visit) const = 0;

  /// What the user should know about it, one line each.
  virtual std::vector<std::string> notes() const { return {}; }

 private:
  std::filesystem::path root_;
};

/// `folder`/`name`, or `name` where the folder is the root.
inline std::string join_path(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

/// The content of one file.
inline std::string read_tree_file(const FileTree& tree, const std::string& path,
                                  std::uint64_t most) {
  std::string text;
  tree.read({path}, most, [&](const std::string&, const std::string& content) { text = content; });
  return text;
}

}  // namespace lockstep
