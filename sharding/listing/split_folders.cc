#include "sharding/listing/split_folders.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/ranges.h>

#include "core/ascii.h"
#include "core/error.h"
#include "sharding/listing/image_walk.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// What stands before and after the name of a split, in lower case.
using Affixes = std::pair<std::string, std::string>;

/// What follows a split's name without a sign between: `testset`.
constexpr std::array<std::string_view, 5> kJoinedEndings{"set", "data", "images", "imgs", "folder"};

/// A byte beyond ASCII belongs to a letter.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) > 127;
}

/// A word may end before text[at] and another begin there: no two letters, or `trainImages`.
bool is_boundary(std::string_view text, std::size_t at) {
  if (at == 0 || at == text.size()) return true;
  const char before = text[at - 1];
  const char after = text[at];
  if (!is_letter(before) || !is_letter(after)) return true;
  return before >= 'a' && before <= 'z' && after >= 'A' && after <= 'Z';
}

/// The splits that `name` may mean, by what stands around their names in it.
std::map<Affixes, SourceSplit> readings_of(std::string_view name) {
  const std::string lower = ascii_lower(name);
  std::map<Affixes, SourceSplit> readings;
  for (const EnumName<SourceSplit>& split : kSourceSplitNames) {
    if (split.text.empty()) continue;
    for (std::size_t at = lower.find(split.text); at != std::string::npos;
         at = lower.find(split.text, at + 1)) {
      const std::size_t end = at + split.text.size();
      const std::string rest = lower.substr(end);
      const bool ends = is_boundary(name, end) ||
                        std::ranges::any_of(kJoinedEndings, [&](std::string_view ending) {
                          return rest.starts_with(ending);
                        });
      if (is_boundary(name, at) && ends)
        readings.emplace(Affixes{lower.substr(0, at), rest}, split.value);
    }
  }
  return readings;
}

std::size_t count_splits(const std::vector<SplitFolder>& folders) {
  std::set<SourceSplit> splits;
  for (const SplitFolder& folder : folders) splits.insert(folder.split);
  return splits.size();
}

std::string quoted(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    text += fmt::format("{}'{}'", i == 0 ? "" : ", ", names[i]);
  }
  return names.size() > kMost ? text + " …" : text;
}

std::vector<std::string> names_of(const std::vector<SplitFolder>& folders) {
  std::vector<std::string> names;
  for (const SplitFolder& folder : folders) names.push_back(folder.folder);
  return names;
}

/// The names of most folders that share what is around a split's name; of equals those without.
std::vector<SplitFolder> largest_family(const std::vector<std::string>& names) {
  std::map<Affixes, std::vector<SplitFolder>> families;
  for (const std::string& name : names) {
    for (const auto& [affixes, split] : readings_of(name)) {
      families[affixes].push_back({name, split});
    }
  }
  std::vector<SplitFolder> best;
  for (auto& [affixes, folders] : families) {
    // A text around a single name is no custom of this source: `bullet_train` is a class.
    const bool counts = affixes == Affixes{} || count_splits(folders) > 1;
    if (counts && folders.size() > best.size()) best = std::move(folders);
  }
  std::ranges::stable_sort(best, {}, &SplitFolder::split);
  return best;
}

/// Which two folders are called like one split; empty where none are.
std::string find_doubles(const std::vector<SplitFolder>& splits) {
  const auto twice = std::ranges::adjacent_find(splits, {}, &SplitFolder::split);
  if (twice == splits.end()) return {};
  return fmt::format("both '{}' and '{}' are called like the split '{}'", twice->folder,
                     (twice + 1)->folder, name_of(twice->split));
}

/// Why folders that are all called like splits are not understood; empty where they are.
std::string find_doubt(const FolderReading& reading) {
  const std::vector<SplitFolder>& splits = reading.splits;
  if (std::string doubles = find_doubles(splits); !doubles.empty()) return doubles;
  if (splits[0].split != SourceSplit::train) {
    return fmt::format("{} {} called like {}, and no folder is to train on",
                       quoted(names_of(splits)), splits.size() == 1 ? "is" : "are",
                       splits.size() == 1 ? "a split" : "splits");
  }
  return {};
}

/// "train.png" lies in the folder `train` itself, or folders do.
bool holds_folders(const FileTree& tree, const std::string& folder) {
  const std::vector<FolderEntry> entries = tree.list(folder);
  return std::ranges::any_of(entries, [](const FolderEntry& entry) {
    return entry.type == fs::file_type::directory && !is_hidden(entry.name);
  });
}

std::vector<std::string> list_folders(const FileTree& tree, const std::string& folder) {
  std::vector<std::string> names;
  for (const FolderEntry& entry : tree.list(folder)) {
    if (entry.type == fs::file_type::directory && !is_hidden(entry.name))
      names.push_back(entry.name);
  }
  return names;
}

/// Where a class folder holds folders of splits, they would be packed as one.
void check_class_folders(const FileTree& tree, const std::vector<std::string>& names) {
  const std::string root = tree.root().string();
  for (const std::string& name : names) {
    const FolderReading inside =
        read_folder_names(list_folders(tree, name), [](const std::string&) { return false; });
    if (count_splits(inside.splits) < 2) continue;
    if (names.size() == 1) {
      fail(ExitCode::usage,
           "'{0}' holds the folder '{1}' alone, and that holds {2}, which are called like splits; "
           "give '{0}/{1}' as SOURCE, or --folders classes to pack one class '{1}'",
           root, name, quoted(names_of(inside.splits)));
    }
    fail(ExitCode::usage,
         "the class folder '{}' in '{}' holds {}, which are called like splits: splits are the "
         "upper folders (SOURCE/train/{}/…). Move them, or name the samples with --valid-list; "
         "--folders "
         "classes packs all as one split",
         name, root, quoted(names_of(inside.splits)), name);
  }
}

}  // namespace

FolderReading read_folder_names(const std::vector<std::string>& names,
                                const std::function<bool(const std::string&)>& has_folders) {
  using Kind = FolderReading::Kind;
  FolderReading reading{.splits = largest_family(names), .others = {}, .doubt = {}};
  for (const std::string& name : names) {
    const bool is_split =
        std::ranges::find(reading.splits, name, &SplitFolder::folder) != reading.splits.end();
    if (!is_split) reading.others.push_back(name);
  }
  if (!reading.splits.empty() && reading.others.empty()) {
    reading.doubt = find_doubt(reading);
    reading.kind = reading.doubt.empty() ? Kind::splits : Kind::unclear;
    return reading;
  }
  // Other names beside them, or names of splits with different texts around them.
  std::set<SourceSplit> meant;
  bool all_meant = !names.empty();
  for (const std::string& name : names) {
    const auto readings = readings_of(name);
    all_meant = all_meant && !readings.empty();
    for (const auto& [affixes, split] : readings) meant.insert(split);
  }
  const bool is_certain = count_splits(reading.splits) > 1 || (all_meant && meant.size() > 1) ||
                          std::ranges::any_of(reading.splits, [&](const SplitFolder& folder) {
                            return has_folders(folder.folder);
                          });
  if (!is_certain) return reading;
  reading.kind = Kind::unclear;
  reading.doubt =
      reading.splits.empty() || all_meant
          ? fmt::format("{} look like splits, but what is around their names differs",
                        quoted(names))
          : fmt::format("{} {} called like {}, beside {}", quoted(names_of(reading.splits)),
                        reading.splits.size() == 1 ? "is" : "are",
                        reading.splits.size() == 1 ? "a split" : "splits", quoted(reading.others));
  return reading;
}

std::vector<SplitFolder> find_split_folders(const SourceOptions& options, const FileTree& tree) {
  const fs::path& root = tree.root();
  const std::vector<SplitFolder> none{{"", SourceSplit::unset}};
  if (options.folders == FolderMeaning::classes) return none;
  const std::vector<std::string> names = list_folders(tree, "");
  const bool by_folder = !options.unlabelled && options.label_regex.empty();
  FolderReading reading = read_folder_names(names, [&](const std::string& name) {
    // Without folders of classes each folder may be a split.
    return !by_folder || holds_folders(tree, name);
  });
  if (options.folders == FolderMeaning::splits) {
    check(!reading.splits.empty(), ExitCode::usage,
          "--folders splits: no folder in '{}' is called like a split ({}); it holds {}",
          root.string(), "train, valid, val, test …", names.empty() ? "no folder" : quoted(names));
  }
  // No option says which of two folders is the split.
  const bool counts =
      options.folders == FolderMeaning::splits || reading.kind == FolderReading::Kind::unclear;
  const std::string doubles = counts ? find_doubles(reading.splits) : std::string();
  check(doubles.empty(), ExitCode::data,
        "in '{}' {}; which is to be it? Keep one of them, or pass --folders classes", root.string(),
        doubles);
  if (options.folders == FolderMeaning::splits) return reading.splits;
  if (reading.kind == FolderReading::Kind::splits) return reading.splits;
  // The whole of a set without labels is the split `test`, whatever its one folder is called.
  const bool is_test_alone = options.unlabelled && reading.others.empty() &&
                             reading.splits.size() == 1 &&
                             reading.splits[0].split == SourceSplit::test;
  check(reading.kind != FolderReading::Kind::unclear || is_test_alone, ExitCode::usage,
        "in '{}' {}. Which is it? --folders splits takes those called train, valid or test and "
        "leaves the others out; --folders classes takes {}",
        root.string(), reading.doubt,
        by_folder ? "every folder for a class" : "all folders for one split");
  if (by_folder && reading.kind == FolderReading::Kind::classes) check_class_folders(tree, names);
  return none;
}

}  // namespace lockstep
