#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/names.h"
#include "sharding/format/index_record.h"

namespace lockstep {

/// What a label is.
enum class LabelTask {
  classification,  ///< one class
  regression,      ///< one or several real numbers
  multilabel,      ///< several flags, 0 or 1
};
inline constexpr EnumName<LabelTask> kLabelTaskNames[] = {
    {LabelTask::classification, "classification"},
    {LabelTask::regression, "regression"},
    {LabelTask::multilabel, "multi_label"},
    {LabelTask::multilabel, "multilabel"},  // another spelling
};
constexpr std::span<const EnumName<LabelTask>> enum_names(LabelTask) { return kLabelTaskNames; }

/// What --label-regex and --group-regex look at.
enum class RegexSubject {
  name,  ///< the file's name
  path,  ///< its path relative to SOURCE, with slashes
};
inline constexpr EnumName<RegexSubject> kRegexSubjectNames[] = {
    {RegexSubject::name, "name"},
    {RegexSubject::path, "path"},
};
constexpr std::span<const EnumName<RegexSubject>> enum_names(RegexSubject) {
  return kRegexSubjectNames;
}

/// What the folders in a folder SOURCE are.
enum class FolderMeaning {
  automatic,  ///< what their names say; where that leaves it open, an error
  classes,
  splits,  ///< those that are called like splits; the others are left out
};
inline constexpr EnumName<FolderMeaning> kFolderMeaningNames[] = {
    {FolderMeaning::automatic, "auto"},
    {FolderMeaning::classes, "classes"},
    {FolderMeaning::splits, "splits"},
};
constexpr std::span<const EnumName<FolderMeaning>> enum_names(FolderMeaning) {
  return kFolderMeaningNames;
}

/// What `pack --synthetic` draws.
enum class SyntheticKind {
  shapes,  ///< a shape a picture, anywhere and of any colour: for a network of convolutions
  blobs,   ///< the pattern of its class, a little changed: for any classifier
};
inline constexpr EnumName<SyntheticKind> kSyntheticKindNames[] = {
    {SyntheticKind::shapes, "shapes"},
    {SyntheticKind::blobs, "blobs"},
};
constexpr std::span<const EnumName<SyntheticKind>> enum_names(SyntheticKind) {
  return kSyntheticKindNames;
}

/// The channels of what it draws.
enum class SyntheticChannels { grey = 1, rgb = 3 };
inline constexpr EnumName<SyntheticChannels> kSyntheticChannelsNames[] = {
    {SyntheticChannels::grey, "1"},
    {SyntheticChannels::rgb, "3"},
};
constexpr std::span<const EnumName<SyntheticChannels>> enum_names(SyntheticChannels) {
  return kSyntheticChannelsNames;
}

/// What a row of a table is.
enum class TableRows {
  image,  ///< an image, with all its labels
  label,  ///< one label of an image, which may have several rows
};
inline constexpr EnumName<TableRows> kTableRowsNames[] = {
    {TableRows::image, "image"},
    {TableRows::label, "label"},
};
constexpr std::span<const EnumName<TableRows>> enum_names(TableRows) { return kTableRowsNames; }

/// Where images and their labels come from, and how they are split. Empty or 0: not given.
struct SourceOptions {
  /// A folder, an archive (.zip, .tar, .tar.gz, .7z) or a folder in one, a table (.csv, .tsv),
  /// annotations (.json), or an HDF5 file (.h5, .hdf5).
  std::filesystem::path source;
  /// Where temporary files may lie.
  std::filesystem::path scratch = ".";

  // ---- images that are drawn, where there is no `source`
  std::optional<SyntheticKind> synthetic;
  std::optional<std::uint64_t> samples;
  std::optional<int> size;  ///< pixels a side
  std::optional<SyntheticChannels> channels;

  // ---- labels
  LabelTask task = LabelTask::classification;
  bool unlabelled = false;  ///< take no labels: a set to predict
  std::string label_regex;  ///< of files; its one group is the class
  std::string group_regex;  ///< of files; its one group names what stays on one side of a split
  RegexSubject regex_subject = RegexSubject::name;

  std::filesystem::path fix;  ///< a table of classes that are to be corrected (label_fixes.h)
  std::filesystem::path class_names;   ///< a file that gives classes their names
  std::filesystem::path valid_labels;  ///< a file with the class of each image of `valid`
  std::filesystem::path class_list;    ///< the classes by the numbers that `valid_labels` has

  std::optional<double> target_min;  ///< regression: what is beyond is rejected
  std::optional<double> target_max;

  // ---- folders
  FolderMeaning folders = FolderMeaning::automatic;

  // ---- tables
  std::filesystem::path table;        ///< of files that lie in `source`; or annotations
  std::filesystem::path valid_table;  ///< the same, for the split `valid`
  std::filesystem::path test_table;
  std::string path_column;                 ///< absent: `path`, `file`, `filename`, …
  std::vector<std::string> label_columns;  ///< absent: `label`, `class`, `target`, …
  std::string split_column;                ///< absent: `split`, where there is one
  std::string group_column;
  std::string separator;      ///< one character, or "tab"; absent: guessed
  std::string path_prefix;    ///< stands before each path
  std::string path_suffix;    ///< after it; absent: found where one known ending fits all
  bool find_by_name = false;  ///< files are in any folder, and their names are unique
  TableRows rows = TableRows::image;
  bool allow_outside = false;   ///< take paths that leave `source`
  std::string label_separator;  ///< between several names in a cell, which become flags
  std::string target_regex;     ///< its one group is the number in a cell

  // ---- HDF5 files
  std::string images_dataset = "images";
  std::string labels_dataset = "labels";

  // ---- splits
  double valid_fraction = 0;
  double test_fraction = 0;
  std::uint64_t seed = 1;            ///< of the choice, that of `limit`, and what is drawn
  std::filesystem::path valid_list;  ///< a file with a path in each line
  std::filesystem::path test_list;

  // ---- a smaller problem
  std::vector<std::string> classes;  ///< these alone; of images that are drawn, their number
  std::uint64_t limit = 0;           ///< images of each split, in the classes' proportions
};

/// The type of labels for which a source has `width` columns.
LabelType label_type(const SourceOptions& options, std::uint32_t width);

}  // namespace lockstep
