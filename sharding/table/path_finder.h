#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sharding/tree/file_tree.h"

namespace lockstep {

/// The endings that are tried where a table has names without one, or with another.
inline constexpr std::string_view kKnownSuffixes[] = {".jpg", ".jpeg", ".png", ".webp",
                                                      ".JPG", ".JPEG", ".PNG", ".WEBP"};

struct PathFinderOptions {
  std::string prefix = {};  ///< set before a text; a folder also without its slash
  std::string suffix = {};  ///< set after it; of the known ones also without their dot
  bool allow_outside = false;
  bool by_name = false;  ///< a text is the name of a file in any folder
};

/// Which file below a folder a cell of a table or a line of a list means: with spaces around it,
/// with `./` or backslashes in it, absolute or relative.
///
///     const PathFinder finder(tree, {.suffix = ".jpg"});
///     const PathFinder::Found found = finder.find(" .\\scans\\7");   // {"scans/7.jpg", file}
class PathFinder {
 public:
  enum class State { file, missing, outside };
  struct Found {
    std::string path;  ///< relative to the root, normal; where it is outside, as it was given
    State state = State::missing;
  };

  /// `tree` must outlive the object. Throws Error(data) where it cannot be listed.
  PathFinder(const FileTree& tree, PathFinderOptions options);
  ~PathFinder();

  /// The first reading of `text` of which there is a file; else the most likely one.
  Found find(std::string_view text) const;

  /// What is there that a missing `path` may mean: its end alone, the same name with another
  /// ending, in another case, or in one sub-folder, and the option that takes it; empty where
  /// nothing is. Lists the folder once.
  std::string near_miss(const std::string& path);

  const PathFinderOptions& options() const { return options_; }

 private:
  struct Index;

  Found read(std::string text) const;
  Found read_name(std::string text) const;
  /// The longest end of `path` that is a file; empty where none is.
  std::string find_tail(const std::filesystem::path& path) const;
  const Index& index();

  const FileTree& tree_;
  std::filesystem::path canonical_root_;
  PathFinderOptions options_;
  std::unique_ptr<Index> index_;
  /// With `by_name`: the path of each file by its name, empty where two are called so.
  std::unordered_map<std::string, std::string> by_name_;
};

}  // namespace lockstep
