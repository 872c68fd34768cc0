#include "sharding/listing/folder_listing.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/error.h"
#include "sharding/listing/image_walk.h"
#include "sharding/listing/label_regex.h"
#include "sharding/source/image_name.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// A folder of SOURCE ("" is SOURCE itself) and the split that its files are of.
struct SplitFolder {
  std::string folder;
  SourceSplit split;
};

/// A class may be called `train` too: SOURCE has splits only where all its folders are named so.
std::vector<SplitFolder> find_split_folders(const fs::path& root) {
  std::vector<SplitFolder> result;
  for (const FolderEntry& entry : list_folder(root, "")) {
    if (entry.name.starts_with('.') || entry.type != fs::file_type::directory) continue;
    const bool is_name = entry.name == "val" || entry.name == name_of(parse_split(entry.name));
    if (!is_name) return {{"", SourceSplit::unset}};
    const SourceSplit split = parse_split(entry.name);
    const auto other = std::ranges::find(result, split, &SplitFolder::split);
    check(other == result.end(), ExitCode::data,
          "'{}' has both '{}' and '{}'; which is to validate?", root.string(),
          other == result.end() ? "" : other->folder, entry.name);
    result.push_back({entry.name, split});
  }
  std::ranges::sort(result, {}, &SplitFolder::split);
  if (result.empty() || result[0].split != SourceSplit::train) return {{"", SourceSplit::unset}};
  return result;
}

class FolderLister {
 public:
  explicit FolderLister(const SourceOptions& options) : options_(options) {
    if (!options.label_regex.empty()) label_regex_.emplace(options.label_regex, "--label-regex");
    if (!options.group_regex.empty()) group_regex_.emplace(options.group_regex, "--group-regex");
  }

  SourceListing list() {
    listing_.has_groups = group_regex_.has_value();
    listing_.options = {{"source", "folder"}};
    const bool by_folder = !options_.unlabelled && !label_regex_;
    listing_.label = label_type(options_, 1);
    if (options_.unlabelled) listing_.options["labels"] = "none";
    for (const SplitFolder& split : find_split_folders(options_.source)) {
      const std::size_t before = listing_.records.size();
      by_folder ? add_class_folders(split) : add_files(split);
      if (split.folder.empty()) continue;
      check(listing_.records.size() > before, ExitCode::data, "'{}' holds no image{}",
            (options_.source / split.folder).string(),
            by_folder ? " in class folders; without labels it is a source of its own, "
                        "--unlabelled"
                      : "");
    }
    if (by_folder) check_classes();
    check(!listing_.records.empty() || !listing_.faults.empty(), ExitCode::data,
          "'{}' holds no image file (.jpg, .png, .webp)", options_.source.string());
    add_regex_options();
    std::vector<std::string> lines = left_out_.lines();
    listing_.notes.insert(listing_.notes.end(), lines.begin(), lines.end());
    return std::move(listing_);
  }

 private:
  void add_class_folders(const SplitFolder& split) {
    for (const FolderEntry& entry : list_folder(options_.source, split.folder)) {
      const std::string path = join_path(split.folder, entry.name);
      if (entry.name.starts_with('.')) {
        left_out_.add("hidden", path);
      } else if (entry.type != fs::file_type::directory) {
        left_out_.add("outside of class folders", path);
        loose_images_ += format_by_name(entry.name).has_value();
      } else {
        add_class(split, entry.name, path);
      }
    }
  }

  void add_class(const SplitFolder& split, const std::string& name, const std::string& folder) {
    std::vector<std::string> paths = walk_images(options_.source, folder, left_out_);
    check(!paths.empty() || split.split == SourceSplit::valid || split.split == SourceSplit::test,
          ExitCode::data,
          "the class folder '{}' in '{}' holds no image to train on; fill or remove it", folder,
          options_.source.string());
    if (paths.empty()) return;
    const std::uint32_t label = listing_.labels.add(name);
    for (std::string& path : paths) {
      listing_.records.push_back(
          {.path = std::move(path), .label = label, .split = split.split, .targets = {}});
      add_group(listing_.records.back());
    }
  }

  void add_files(const SplitFolder& split) {
    const bool is_test = options_.unlabelled && split.split == SourceSplit::unset;
    for (std::string& path : walk_images(options_.source, split.folder, left_out_)) {
      SourceRecord record{.path = std::move(path),
                          .split = is_test ? SourceSplit::test : split.split,
                          .targets = {}};
      if (label_regex_) {
        const std::optional<std::string> label = label_regex_->find(subject(record));
        if (!label) {
          listing_.faults.push_back(listing_.fault(
              FaultKind::no_match, record, fmt::format("--label-regex {}", options_.label_regex)));
          continue;
        }
        record.label = listing_.labels.add(*label);
      }
      add_group(record);
      listing_.records.push_back(std::move(record));
    }
  }

  std::string_view subject(const SourceRecord& record) const {
    const std::string_view path = record.path;
    return options_.regex_subject == RegexSubject::path ? path : path.substr(path.rfind('/') + 1);
  }

  void add_group(SourceRecord& record) {
    if (!group_regex_) return;
    if (const auto group = group_regex_->find(subject(record))) {
      record.group = listing_.groups.add(*group);
    }
  }

  void check_classes() const {
    if (!listing_.labels.names().empty()) return;
    const std::string root = options_.source.string();
    check(
        loose_images_ == 0, ExitCode::data,
        "'{0}' holds {1} images and no class folders. Where are their labels? In their names: "
        "--label-regex RE; in a table: --table FILE; there are no labels: --unlabelled; else make "
        "one folder a class: {0}/cats/1.jpg",
        root, loose_images_);
    fail(ExitCode::data, "'{0}' has no folder of images; it needs one a class: {0}/cats/1.jpg",
         root);
  }

  void add_regex_options() {
    if (label_regex_) listing_.options["label_regex"] = options_.label_regex;
    if (group_regex_) listing_.options["group_regex"] = options_.group_regex;
    if ((label_regex_ || group_regex_) && options_.regex_subject == RegexSubject::path) {
      listing_.options["label_from"] = "path";
    }
  }

  const SourceOptions& options_;
  std::optional<LabelRegex> label_regex_;
  std::optional<LabelRegex> group_regex_;
  SourceListing listing_;
  LeftOut left_out_;
  std::size_t loose_images_ = 0;
};

}  // namespace

SourceListing list_folder_source(const SourceOptions& options) {
  try {
    return FolderLister(options).list();
  } catch (const fs::filesystem_error& error) {
    fail(ExitCode::data, "cannot list the images in '{}': {}", options.source.string(),
         error.what());
  }
}

}  // namespace lockstep
