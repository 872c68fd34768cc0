#include "sharding/listing/folder_listing.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "core/error.h"
#include "sharding/archive/open_tree.h"
#include "sharding/listing/image_walk.h"
#include "sharding/listing/split_folders.h"
#include "sharding/source/image_name.h"
#include "sharding/source/label_name.h"
#include "sharding/source/label_regex.h"
#include "sharding/table/ground_truth.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxTruthBytes = 1 << 28;

GroundTruth read_truth(const SourceOptions& options, const FileTree& tree) {
  const auto text_of = [&](const fs::path& file) {
    return read_source_text(file, tree, ExitCode::usage, kMaxTruthBytes);
  };
  std::vector<std::string> classes;
  if (!options.class_list.empty()) classes = read_class_list(text_of(options.class_list));
  try {
    return {text_of(options.valid_labels), std::move(classes)};
  } catch (const Error& error) {
    fail(error.code(), "--valid-labels '{}': {}", options.valid_labels.string(), error.what());
  }
}

class FolderLister {
 public:
  FolderLister(const SourceOptions& options, const FileTree& tree)
      : options_(options), tree_(tree) {
    if (!options.label_regex.empty()) label_regex_.emplace(options.label_regex, "--label-regex");
    if (!options.group_regex.empty()) group_regex_.emplace(options.group_regex, "--group-regex");
    if (!options.valid_labels.empty()) truth_.emplace(read_truth(options, tree));
  }

  SourceListing list() {
    listing_.has_groups = group_regex_.has_value();
    listing_.options = {{"source", "folder"}};
    const bool by_folder = !options_.unlabelled && !label_regex_;
    listing_.label = label_type(options_, 1);
    if (options_.unlabelled) listing_.options["labels"] = "none";
    if (options_.folders != FolderMeaning::automatic) {
      listing_.options["folders"] = name_of(options_.folders);
    }
    const std::vector<SplitFolder> splits = find_split_folders(options_, tree_);
    note_other_folders(splits);
    for (const SplitFolder& split : splits) {
      const std::size_t before = listing_.records.size() + listing_.faults.size();
      const std::size_t loose = loose_images_;
      by_folder ? add_class_folders(split) : add_files(split);
      const bool is_empty = listing_.records.size() + listing_.faults.size() == before;
      if (split.folder.empty() || !is_empty) continue;
      const std::string folder = (options_.source / split.folder).string();
      // As competitions give it.
      const bool is_unlabelled = split.split == SourceSplit::test && loose_images_ > loose;
      check(is_unlabelled, ExitCode::data, "'{}' holds no image{}", folder,
            by_folder ? " in class folders; without labels it is a source of its own, "
                        "--unlabelled"
                      : "");
      listing_.notes.push_back(
          fmt::format("the images in '{}' have no labels and are left out; `lockstep pack {} "
                      "--unlabelled` makes a pack of them",
                      folder, folder));
    }
    if (by_folder) check_classes();
    if (by_folder && splits[0].folder.empty()) check_no_folder_around();
    check_truth();
    check(!listing_.records.empty() || !listing_.faults.empty(), ExitCode::data,
          "'{}' holds no image file (.jpg, .png, .webp)", options_.source.string());
    add_regex_options();
    std::vector<std::string> lines = left_out_.lines();
    listing_.notes.insert(listing_.notes.end(), lines.begin(), lines.end());
    return std::move(listing_);
  }

 private:
  /// Folders beside those of the splits.
  void note_other_folders(const std::vector<SplitFolder>& splits) {
    if (splits[0].folder.empty()) return;
    for (const FolderEntry& entry : tree_.list("")) {
      const bool is_split =
          std::ranges::find(splits, entry.name, &SplitFolder::folder) != splits.end();
      if (is_split) continue;
      left_out_.add(is_hidden(entry.name) ? "hidden" : "outside of the splits' folders",
                    entry.name);
    }
  }

  void add_class_folders(const SplitFolder& split) {
    std::size_t number = 0;  // of the image, among those that lie in the folder itself
    for (const FolderEntry& entry : tree_.list(split.folder)) {
      const std::string path = join_path(split.folder, entry.name);
      if (is_hidden(entry.name)) {
        left_out_.add("hidden", path);
      } else if (truth_ && split.split == SourceSplit::valid &&
                 entry.type == fs::file_type::regular && format_by_name(entry.name)) {
        add_by_truth(entry.name, path, number++);
      } else if (entry.type != fs::file_type::directory) {
        left_out_.add("outside of class folders", path);
        loose_images_ +=
            format_by_name(entry.name).has_value() || !unread_kind_by_name(entry.name).empty();
      } else {
        add_class(split, entry.name, path);
      }
    }
  }

  /// An image whose class --valid-labels gives.
  void add_by_truth(const std::string& name, const std::string& path, std::size_t number) {
    SourceRecord record{.path = path, .split = SourceSplit::valid, .targets = {}};
    const std::string label = truth_->class_of(name, number);
    if (!label.empty()) record.label = listing_.labels.add(label);
    listing_.records.push_back(std::move(record));
    add_group(listing_.records.back());
    by_truth_ = number + 1;
  }

  /// One line more or less would give all images after it the class of another.
  void check_truth() const {
    if (!truth_) return;
    check(
        by_truth_ > 0, ExitCode::usage,
        "--valid-labels is for the images that lie in a folder of the split `valid`, and '{}' has "
        "none",
        tree_.root().string());
    check(truth_->count() == 0 || truth_->count() == by_truth_, ExitCode::usage,
          "--valid-labels has {} lines for {} images; are all of them there?", truth_->count(),
          by_truth_);
  }

  void add_class(const SplitFolder& split, const std::string& name, const std::string& folder) {
    std::vector<std::string> paths = walk_images(tree_, folder, left_out_);
    const bool has_unread = add_unread(split, clean_name(name));
    check(!paths.empty() || has_unread || split.split == SourceSplit::valid ||
              split.split == SourceSplit::test,
          ExitCode::data,
          "the class folder '{}' in '{}' holds no image to train on; fill or remove it", folder,
          options_.source.string());
    if (paths.empty()) return;
    const std::uint32_t label = listing_.labels.add(clean_name(name));
    note_same_class(label, name);
    for (std::string& path : paths) {
      listing_.records.push_back(
          {.path = std::move(path), .label = label, .split = split.split, .targets = {}});
      add_group(listing_.records.back());
    }
  }

  /// Two folders whose names differ in white space or the form of Unicode are one class.
  void note_same_class(std::uint32_t label, const std::string& name) {
    const auto [first, is_new] = class_folders_.emplace(label, name);
    if (is_new || first->second == name) return;
    listing_.notes.push_back(fmt::format("the folders '{}' and '{}' are one class, '{}'",
                                         first->second, name, listing_.labels[label]));
  }

  /// Images of a kind that is not read are faults; true where there are any.
  bool add_unread(const SplitFolder& split, const std::string& label) {
    const std::vector<std::string> paths = left_out_.take_unread();
    for (const std::string& path : paths) {
      listing_.faults.push_back(
          {.kind = FaultKind::unsupported,
           .path = path,
           .split = std::string(name_of(split.split)),
           .label = label,
           .detail = fmt::format("{} by its name; convert it to JPEG, PNG or WebP",
                                 unread_kind_by_name(path))});
    }
    return !paths.empty();
  }

  void add_files(const SplitFolder& split) {
    const bool is_test = options_.unlabelled && split.split == SourceSplit::unset;
    std::vector<std::string> paths = walk_images(tree_, split.folder, left_out_);
    add_unread(split, "");
    for (std::string& path : paths) {
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
        record.label = listing_.labels.add(clean_name(*label));
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

  /// Many archives have one folder around those of the classes.
  void check_no_folder_around() const {
    if (class_folders_.size() != 1) return;
    const std::string& name = class_folders_.begin()->second;
    std::vector<std::string> folders;
    for (const FolderEntry& entry : tree_.list(name)) {
      if (entry.type == fs::file_type::directory && !is_hidden(entry.name)) {
        folders.push_back(entry.name);
      } else if (format_by_name(entry.name)) {
        return;
      }
    }
    if (folders.size() < 2) return;
    fail(ExitCode::data,
         "the one folder of images in '{0}' is '{1}', and it has no images itself but folders "
         "('{2}', '{3}'{4}). Are these the classes? Then pack '{0}/{1}'",
         options_.source, name, folders[0], folders[1], folders.size() > 2 ? ", …" : "");
  }

  void check_classes() const {
    if (!listing_.labels.names().empty() || !listing_.faults.empty()) return;
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
  const FileTree& tree_;
  std::optional<LabelRegex> label_regex_;
  std::optional<LabelRegex> group_regex_;
  SourceListing listing_;
  LeftOut left_out_;
  std::size_t loose_images_ = 0;
  std::optional<GroundTruth> truth_;
  std::size_t by_truth_ = 0;                            ///< images
  std::map<std::uint32_t, std::string> class_folders_;  ///< the first of each class
};

}  // namespace

SourceListing list_folder_source(const SourceOptions& options, const FileTree& tree) {
  try {
    return FolderLister(options, tree).list();
  } catch (const fs::filesystem_error& error) {
    fail(ExitCode::data, "cannot list the images in '{}': {}", options.source.string(),
         error.what());
  }
}

}  // namespace lockstep
