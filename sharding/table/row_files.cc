#include "sharding/table/row_files.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace lockstep {
namespace {

class RowFiles {
 public:
  RowFiles(const FileTree& tree, EndingOf ending, SourceListing& listing,
           const FileFault& add_fault)
      : tree_(tree), ending_(ending), listing_(listing), add_fault_(add_fault) {}

  void find(PathFinderOptions how, const std::string& folder) {
    if (!listing_.records.empty() && how.suffix.empty()) guess(how, folder);
    PathFinder finder(tree_, how);
    if (!how.suffix.empty()) listing_.options["path_suffix"] = how.suffix;
    if (!how.prefix.empty()) listing_.options["path_prefix"] = how.prefix;
    std::erase_if(listing_.records,
                  [&](SourceRecord& record) { return !find_file(finder, record); });
  }

 private:
  void guess(PathFinderOptions& how, const std::string& folder) {
    if (how.by_name || finds_any(how)) return;
    how.suffix = find_suffix(how);
    const bool is_prefixed = !how.prefix.empty();
    if (how.suffix.empty() && !is_prefixed && !folder.empty() && tree_.is_folder(folder)) {
      how.prefix = folder + "/";
      if (!finds_any(how)) how.suffix = find_suffix(how);
      if (!finds_any(how)) how.prefix.clear();
    }
    if (!is_prefixed && !how.prefix.empty()) {
      listing_.notes.push_back(fmt::format("the files are in the folder '{}'", how.prefix));
    }
    if (!how.suffix.empty()) {
      listing_.notes.push_back(
          fmt::format("the files are the paths of the table with '{}'", how.suffix));
    }
  }

  bool finds_any(const PathFinderOptions& how) const {
    const PathFinder finder(tree_, how);
    return std::ranges::any_of(listing_.records, [&](const SourceRecord& record) {
      return finder.find(record.path).state == PathFinder::State::file;
    });
  }

  /// The one known ending that makes files of the records; empty where it is not one alone.
  std::string find_suffix(PathFinderOptions how) const {
    std::string found;
    for (const std::string_view suffix : kKnownSuffixes) {
      how.suffix = suffix;
      const PathFinder finder(tree_, how);
      const auto is_file = [&](const SourceRecord& record) {
        return finder.find(record.path).state == PathFinder::State::file;
      };
      const bool fits = ending_ == EndingOf::all ? std::ranges::all_of(listing_.records, is_file)
                                                 : std::ranges::any_of(listing_.records, is_file);
      if (!fits) continue;
      if (!found.empty()) return {};  // the user has to choose
      found = suffix;
    }
    return found;
  }

  bool find_file(PathFinder& finder, SourceRecord& record) {
    PathFinder::Found found = finder.find(record.path);
    record.path = std::move(found.path);
    if (found.state == PathFinder::State::file) return true;
    if (found.state == PathFinder::State::outside) {
      add_fault_(FaultKind::outside_source, record, "--allow-outside takes such paths");
    } else {
      add_fault_(FaultKind::missing_file, record, finder.near_miss(record.path));
    }
    return false;
  }

  const FileTree& tree_;
  EndingOf ending_;
  SourceListing& listing_;
  const FileFault& add_fault_;
};

}  // namespace

PathFinderOptions path_options(const SourceOptions& options) {
  return {.prefix = options.path_prefix,
          .suffix = options.path_suffix,
          .allow_outside = options.allow_outside,
          .by_name = options.find_by_name};
}

void find_row_files(const SourceOptions& options, const FileTree& tree, const std::string& folder,
                    EndingOf ending, SourceListing& listing, const FileFault& add_fault) {
  RowFiles(tree, ending, listing, add_fault).find(path_options(options), folder);
}

void gather_rows(SourceListing& listing) {
  std::unordered_map<std::string, std::size_t> first;
  std::vector<SourceRecord> gathered;
  for (SourceRecord& record : listing.records) {
    const auto [place, is_new] = first.emplace(record.path, gathered.size());
    SourceRecord* same = is_new ? nullptr : &gathered[place->second];
    if (same == nullptr || same->split != record.split || same->group != record.group) {
      gathered.push_back(std::move(record));
      continue;
    }
    same->targets.insert(same->targets.end(), record.targets.begin(), record.targets.end());
  }
  listing.records = std::move(gathered);
}

}  // namespace lockstep
