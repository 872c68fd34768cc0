#include "sharding/listing/image_walk.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "core/error.h"
#include "sharding/source/image_name.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// A link that leads nowhere, or to itself.
bool is_broken_link(const FolderEntry& entry) {
  return entry.type == fs::file_type::not_found || entry.type == fs::file_type::none;
}

class Walk {
 public:
  Walk(const FileTree& tree, LeftOut& left_out) : tree_(tree), left_out_(left_out) {}

  void add_folder(const std::string& folder) {
    const std::string real = tree_.identity(folder);
    check(std::ranges::find(open_, real) == open_.end(), ExitCode::data,
          "'{}' leads back to '{}', a folder that it lies in; remove that link",
          (tree_.root() / folder).string(), real);
    open_.push_back(real);
    for (const FolderEntry& entry : tree_.list(folder)) add_entry(folder, entry);
    open_.pop_back();
  }

  std::vector<std::string> take() {
    std::ranges::sort(paths_);
    return std::move(paths_);
  }

 private:
  void add_entry(const std::string& folder, const FolderEntry& entry) {
    std::string path = join_path(folder, entry.name);
    if (is_hidden(entry.name)) {
      left_out_.add("hidden", path);
    } else if (entry.type == fs::file_type::directory) {
      add_folder(path);
    } else if ((entry.type == fs::file_type::regular || is_broken_link(entry)) &&
               format_by_name(entry.name)) {
      paths_.push_back(std::move(path));
    } else if (entry.type != fs::file_type::regular && !is_broken_link(entry)) {
      left_out_.add("no file", path);
    } else if (!unread_kind_by_name(entry.name).empty()) {
      left_out_.add_unread(path);
    } else {
      const std::string extension = lower_extension(entry.name);
      left_out_.add(extension.empty() ? "without extension" : extension, path);
    }
  }

  const FileTree& tree_;
  LeftOut& left_out_;
  std::vector<std::string> open_;  ///< the folders that are being listed, links resolved
  std::vector<std::string> paths_;
};

}  // namespace

void LeftOut::add(const std::string& kind, const std::string& path) {
  Kind& entry = kinds_[kind];
  if (entry.count++ == 0 || path < entry.first) entry.first = path;
}

std::vector<std::string> LeftOut::lines() const {
  std::vector<std::string> result;
  for (const auto& [kind, entry] : kinds_) {
    result.push_back(message("left out {} {}: {} (the first: {})", entry.count,
                             entry.count == 1 ? "entry" : "entries", kind, entry.first));
  }
  return result;
}

bool is_hidden(const std::string& name) {
  constexpr std::array<std::string_view, 6> kOfSystems{
      "__MACOSX", "@eaDir", "lost+found", "$RECYCLE.BIN", "System Volume Information", "Thumbs.db"};
  return name.starts_with('.') || std::ranges::find(kOfSystems, name) != kOfSystems.end();
}

std::vector<std::string> walk_images(const FileTree& tree, const std::string& folder,
                                     LeftOut& left_out) {
  Walk walk(tree, left_out);
  walk.add_folder(folder);
  return walk.take();
}

}  // namespace lockstep
