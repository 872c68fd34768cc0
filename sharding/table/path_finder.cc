#include "sharding/table/path_finder.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/ascii.h"
#include "core/error.h"
#include "sharding/source/label_name.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// A folder with more entries gives no hints: listing it would take too long.
constexpr std::size_t kMostListed = 500'000;

bool leaves(const fs::path& relative) {
  return relative.is_absolute() || (!relative.empty() && *relative.begin() == "..");
}

}  // namespace

/// The files below the root, by what somebody may have written for them.
struct PathFinder::Index {
  struct Entry {
    std::string path;
    std::uint64_t count = 0;
  };

  void add(const std::string& path) {
    const auto note = [&](std::map<std::string, Entry>& map, const std::string& key) {
      Entry& entry = map[key];
      if (entry.count++ == 0) entry.path = path;
    };
    note(by_path, without_case(path));
    note(by_name, without_case(fs::path(path).filename().string()));
  }

  std::map<std::string, Entry> by_path;
  std::map<std::string, Entry> by_name;
};

PathFinder::PathFinder(const FileTree& tree, PathFinderOptions options)
    : tree_(tree), options_(std::move(options)) {
  const std::string with_dot = "." + options_.suffix;
  if (std::ranges::find(kKnownSuffixes, with_dot) != std::end(kKnownSuffixes)) {
    options_.suffix = with_dot;
  }
  if (options_.by_name) {
    for (std::string& path : tree_.files(std::numeric_limits<std::size_t>::max())) {
      const auto [entry, is_new] = by_name_.emplace(fs::path(path).filename().string(), path);
      if (!is_new) entry->second.clear();
    }
  }
  std::error_code ignored;
  canonical_root_ = fs::weakly_canonical(fs::absolute(tree_.root(), ignored), ignored);
}

PathFinder::~PathFinder() = default;

PathFinder::Found PathFinder::read_name(std::string text) const {
  const fs::path path(text);
  const auto found = by_name_.find(path.filename().string());
  if (found == by_name_.end()) return {std::move(text), State::missing};
  check(!found->second.empty(), ExitCode::data,
        "two files below '{}' are called '{}', so --find-by-name cannot tell which is meant",
        tree_.root().string(), found->first);
  return {found->second, State::file};
}

PathFinder::Found PathFinder::read(std::string text) const {
  if (text.empty()) return {};
  if (options_.by_name) return read_name(std::move(text));
  fs::path path = fs::path(text).lexically_normal();
  if (leaves(path)) {  // it may lead back in
    std::error_code ignored;
    for (const fs::path& root :
         {fs::absolute(tree_.root(), ignored).lexically_normal(), canonical_root_}) {
      const fs::path below = (root / path).lexically_normal().lexically_relative(root);
      if (below.empty() || leaves(below)) continue;
      path = below;
      break;
    }
  }
  std::string normal = path.string();
  if (!tree_.is_file(normal)) return {std::move(normal), State::missing};
  if (leaves(path) && !options_.allow_outside) return {std::move(text), State::outside};
  return {std::move(normal), State::file};
}

PathFinder::Found PathFinder::find(std::string_view text) const {
  std::vector<std::string> forms{std::string(text)};
  const auto add_form = [&](std::string form) {
    if (std::ranges::find(forms, form) == forms.end()) forms.push_back(std::move(form));
  };
  add_form(std::string(trimmed(text)));
  std::string slashes = forms.back();
  std::ranges::replace(slashes, '\\', '/');
  add_form(std::move(slashes));
  std::vector<std::string> prefixes{options_.prefix};
  if (!options_.prefix.empty() && !options_.prefix.ends_with('/') &&
      tree_.is_folder(options_.prefix)) {
    prefixes.push_back(options_.prefix + "/");
  }
  // What is most likely meant comes first; where nothing is there, the message names that.
  Found likely;
  const auto try_form = [&](const std::string& form, bool is_likely) {
    Found found = read(form);
    const bool is_found = found.state == State::file;
    if (is_found || is_likely) likely = std::move(found);
    return is_found;
  };
  for (const std::string& prefix : prefixes) {
    for (const std::string& form : forms) {
      const std::string_view before =
          form.starts_with('/') ? std::string_view() : std::string_view(prefix);
      if (try_form(fmt::format("{}{}{}", before, form, options_.suffix), true)) return likely;
    }
  }
  if (options_.prefix.empty() && options_.suffix.empty()) return likely;
  for (const std::string& form : forms) {
    if (try_form(form, false)) return likely;
  }
  return likely;
}

const PathFinder::Index& PathFinder::index() {
  if (index_) return *index_;
  index_ = std::make_unique<Index>();
  for (const std::string& path : tree_.files(kMostListed)) index_->add(path);
  return *index_;
}

std::string PathFinder::find_tail(const fs::path& path) const {
  fs::path tail;
  for (auto part = path.begin(); part != path.end(); ++part) {
    tail.clear();
    for (auto rest = std::next(part); rest != path.end(); ++rest) tail /= *rest;
    if (!tail.empty() && tree_.is_file(tail.string())) return tail.string();
  }
  return {};
}

std::string PathFinder::near_miss(const std::string& path) {
  if (!is_utf8(path)) return "the path is not UTF-8; save the table as UTF-8";
  const fs::path name(path);
  if (const std::string tail = find_tail(name); !tail.empty()) {
    return fmt::format("'{}' exists; take '{}' off the paths of the table", tail,
                       path.substr(0, path.size() - tail.size()));
  }
  for (const std::string_view suffix : kKnownSuffixes) {
    const std::string longer = fmt::format("{}{}", path, suffix);
    if (tree_.is_file(longer))
      return fmt::format("'{}' exists; --path-suffix {} takes it", longer, suffix);
    fs::path other = name;
    other.replace_extension(suffix);
    if (name.has_extension() && other != name && tree_.is_file(other)) {
      const bool by_case = ascii_lower(other.string()) == ascii_lower(path);
      return fmt::format("'{}' exists; the {} differs", other.string(),
                         by_case ? "case" : "ending");
    }
  }
  const auto find = [](const std::map<std::string, Index::Entry>& map, const std::string& text) {
    const auto found = map.find(without_case(text));
    return found == map.end() ? nullptr : &found->second;
  };
  std::vector<std::string> endings{""};
  for (const std::string_view suffix : kKnownSuffixes) endings.emplace_back(suffix);
  for (const std::string& ending : endings) {
    if (const auto* same = find(index().by_path, path + ending)) {
      const bool by_case = ascii_lower(same->path) == ascii_lower(path + ending);
      return fmt::format("'{}' exists; {} differs", same->path,
                         by_case ? "the case" : "the case or the form of its Unicode letters");
    }
  }
  for (const std::string& ending : endings) {
    const auto* same = find(index().by_name, name.filename().string() + ending);
    if (same == nullptr) continue;
    if (same->count > 1) {
      return fmt::format("{} files in sub-folders are called so ('{}' …)", same->count, same->path);
    }
    const std::string wanted = path + ending;
    if (!same->path.ends_with("/" + wanted)) return fmt::format("'{}' exists", same->path);
    const std::string prefix = same->path.substr(0, same->path.size() - wanted.size());
    return fmt::format("'{}' exists; --path-prefix {}{}{} takes it", same->path, prefix,
                       ending.empty() ? "" : " --path-suffix ", ending);
  }
  return {};
}

}  // namespace lockstep
