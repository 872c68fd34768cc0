#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sharding/source/source_listing.h"
#include "sharding/source/source_options.h"
#include "sharding/tree/file_tree.h"

namespace lockstep {

/// A folder of SOURCE ("" is SOURCE itself) and the split that its files are of.
struct SplitFolder {
  std::string folder;
  SourceSplit split = SourceSplit::unset;

  bool operator==(const SplitFolder&) const = default;
};

/// What the names of some folders say that they are.
struct FolderReading {
  enum class Kind {
    classes,  ///< none is a split
    splits,   ///< `splits` are
    unclear,  ///< `doubt` says why
  };
  Kind kind = Kind::classes;
  std::vector<SplitFolder> splits;  ///< those that are called like splits, in the splits' order
  std::vector<std::string> others;  ///< the rest
  std::string doubt;                ///< "'train' and 'test' are called like splits, and …"
};

/// Tells folders of splits from folders of classes, by their names: those of kSourceSplitNames in
/// any case, alone or with one text before or after, which all share and which is set off from the
/// name (`seg_train` and `seg_test`, `TrainImages`, `val2017`, `testset`).
///
/// - All are splits, none twice, and one is to train on: splits.
/// - All or some are, and it is not that: unclear. A name that stands alone among others counts
///   only where `has_folders(name)`, for a class may be called `train`, or with a text around it
///   (`bullet_train`).
/// Pure but for `has_folders`.
FolderReading read_folder_names(const std::vector<std::string>& names,
                                const std::function<bool(const std::string&)>& has_folders);

/// The folders of the splits in `tree`, or its root where it has none, as `options.folders`
/// says. Throws Error(usage) where that is for the user to decide, and names the option.
std::vector<SplitFolder> find_split_folders(const SourceOptions& options, const FileTree& tree);

}  // namespace lockstep
