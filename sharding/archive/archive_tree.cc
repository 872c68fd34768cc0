#include "sharding/archive/archive_tree.h"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include "core/error.h"
#include "sharding/source/image_name.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// The first name that is not below `folder` (which ends in a slash), in sorted names.
auto end_of(const std::vector<std::string>& names, std::string folder) {
  folder.back() = '/' + 1;
  return std::ranges::lower_bound(names, folder);
}

}  // namespace

ArchiveTree::ArchiveTree(const fs::path& root, ArchiveSet set)
    : FileTree(root), set_(std::move(set)) {
  list_names();
  for (const fs::path& file : set_.files) set_.opens_nested.push_back(has_nested_alone(file));
  if (std::ranges::find(set_.opens_nested, true) != set_.opens_nested.end()) list_names();
  check_names();
}

void ArchiveTree::list_names() {
  using Kind = ArchiveStream::Entry::Kind;
  names_.clear();
  skipped_.clear();
  ArchiveWalk walk(set_);
  ArchiveStream::Entry entry;
  while (walk.next(entry)) {
    if (entry.kind == Kind::file) {
      names_.push_back(std::move(entry.path));
    } else if (entry.kind == Kind::folder) {
      names_.push_back(entry.path + "/");
    } else {
      Skipped& skipped = skipped_[entry.kind == Kind::link ? "link" : "no file"];
      if (skipped.count++ == 0) skipped.first = entry.path;
    }
  }
  std::ranges::sort(names_);
}

/// Where nothing is inside of `inside`, an archive that was not opened may have it.
bool ArchiveTree::has_nested_alone(const fs::path& archive) const {
  if (names_.empty()) return !set_.inside.empty();
  const bool is_one_of_many = set_.is_folder && set_.inside.empty();
  const std::string prefix = is_one_of_many ? archive_folder_name(archive) + "/" : std::string();
  bool has_nested = false;
  for (auto name = std::ranges::lower_bound(names_, prefix);
       name != names_.end() && name->starts_with(prefix); ++name) {
    if (format_by_name(*name)) return false;
    has_nested = has_nested || archive_kind_by_name(*name);
  }
  return has_nested;
}

void ArchiveTree::check_names() const {
  check(!names_.empty() || set_.inside.empty(), ExitCode::data,
        "no images at '{}': the archive holds no folder '{}'", root().string(), set_.inside);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const std::string& name = names_[i];
    if (name.back() == '/') continue;
    check(i + 1 == names_.size() || names_[i + 1] != name, ExitCode::data,
          "'{}' has two entries '{}'; which is to be it? Unpack it, and pack the folder",
          root().string(), name);
    check(!is_folder(name), ExitCode::data,
          "'{}' has both a file and a folder '{}'; unpack it, and pack the folder", root().string(),
          name);
  }
}

std::vector<FolderEntry> ArchiveTree::list(const std::string& folder) const {
  const std::string prefix = folder.empty() ? "" : folder + "/";
  const auto end = prefix.empty() ? names_.end() : end_of(names_, prefix);
  std::vector<FolderEntry> result;
  for (auto name = std::ranges::lower_bound(names_, prefix); name < end;) {
    if (*name == prefix) {  // the folder itself is an entry too
      ++name;
      continue;
    }
    const std::size_t slash = name->find('/', prefix.size());
    if (slash == std::string::npos) {
      result.push_back({name->substr(prefix.size()), fs::file_type::regular});
      ++name;
    } else {
      const std::string child = name->substr(0, slash + 1);
      result.push_back(
          {child.substr(prefix.size(), slash - prefix.size()), fs::file_type::directory});
      name = end_of(names_, child);
    }
  }
  std::ranges::sort(result, {}, &FolderEntry::name);
  return result;
}

bool ArchiveTree::is_file(const std::string& path) const {
  return !path.empty() && path.back() != '/' && std::ranges::binary_search(names_, path);
}

bool ArchiveTree::is_folder(const std::string& path) const {
  if (path.empty()) return true;
  const std::string prefix = path.back() == '/' ? path : path + "/";
  const auto first = std::ranges::lower_bound(names_, prefix);
  return first != names_.end() && first->starts_with(prefix);
}

std::vector<std::string> ArchiveTree::files(std::size_t most) const {
  std::vector<std::string> result;
  for (const std::string& name : names_) {
    if (result.size() >= most) break;
    if (name.back() != '/') result.push_back(name);
  }
  return result;
}

void ArchiveTree::read(const std::vector<std::string>& paths, std::uint64_t most,
                       const Visit& visit) const {
  std::unordered_set<std::string_view> wanted(paths.begin(), paths.end());
  ArchiveWalk walk(set_);
  ArchiveStream::Entry entry;
  std::vector<std::byte> bytes;
  while (!wanted.empty() && walk.next(entry)) {
    if (entry.kind != ArchiveStream::Entry::Kind::file || wanted.erase(entry.path) == 0) continue;
    const std::uint64_t size = walk.read(bytes, most);
    check(size <= most, ExitCode::data, "'{}' has {} bytes; at most {} are read",
          (root() / entry.path).string(), size, most);
    visit(entry.path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  check(wanted.empty(), ExitCode::data, "there is no '{}'",
        (root() / (wanted.empty() ? std::string_view() : *wanted.begin())).string());
}

std::vector<std::string> ArchiveTree::notes() const {
  std::vector<std::string> result;
  for (const auto& [kind, skipped] : skipped_) {
    result.push_back(message("left out {} {} of the archive: {} (the first: {})", skipped.count,
                             skipped.count == 1 ? "entry" : "entries", kind, skipped.first));
  }
  return result;
}

}  // namespace lockstep
