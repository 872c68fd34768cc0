#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

/// What was not taken, by kind ("hidden", ".txt", …), with one example of each.
class LeftOut {
 public:
  void add(const std::string& kind, const std::string& path);
  /// One line a kind.
  std::vector<std::string> lines() const;

  /// Of files that hold images of a kind that is not read: somebody may miss them.
  void add_unread(const std::string& path) { unread_.push_back(path); }
  /// Their paths, since the last call.
  std::vector<std::string> take_unread() { return std::exchange(unread_, {}); }

 private:
  struct Kind {
    std::uint64_t count = 0;
    std::string first;  ///< in bytewise order
  };
  std::map<std::string, Kind> kinds_;
  std::vector<std::string> unread_;
};

/// An entry of a folder.
struct FolderEntry {
  std::string name;
  std::filesystem::file_type type = std::filesystem::file_type::none;  ///< links followed
};

/// True for what is not meant for the user: names that start with a dot, and the folders that
/// systems leave among files (__MACOSX of a Mac's archive, @eaDir, lost+found and so on).
bool is_hidden(const std::string& name);

/// The entries of root/folder in the bytewise order of their names, so that the order depends
/// neither on the locale nor on the file system. `folder` may be empty. Throws Error(data).
std::vector<FolderEntry> list_folder(const std::filesystem::path& root, const std::string& folder);

/// `folder`/`name`, or `name` where the folder is the root.
std::string join_path(const std::string& folder, const std::string& name);

/// The image files below root/folder, at any depth, by their names; paths come out relative to
/// `root`, in bytewise order. Links are followed, to files and to folders; one that leads nowhere
/// and is called like an image is given too. Hidden names are left out, and so is what is not
/// an image. Throws Error(data) where a link leads back to a folder that it lies in, or
/// a folder cannot be read.
std::vector<std::string> walk_images(const std::filesystem::path& root, const std::string& folder,
                                     LeftOut& left_out);

}  // namespace lockstep
