#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sharding/tree/file_tree.h"

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

/// True for what is not meant for the user: names that start with a dot, and the folders that
/// systems leave among files (__MACOSX of a Mac's archive, @eaDir, lost+found and so on).
bool is_hidden(const std::string& name);

/// The image files of `tree` below `folder`, at any depth, by their names; paths come out relative
/// to the root, in bytewise order. Links are followed, to files and to folders; one that leads
/// nowhere and is called like an image is given too. Hidden names are left out, and so is what is
/// not an image. Throws Error(data) where a link leads back to a folder that it lies in, or a
/// folder cannot be read.
std::vector<std::string> walk_images(const FileTree& tree, const std::string& folder,
                                     LeftOut& left_out);

}  // namespace lockstep
