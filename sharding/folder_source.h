#pragma once

#include <filesystem>

#include "sharding/image_folder.h"
#include "sharding/pack_source.h"

namespace lockstep {

/// How a validation split is taken from a source that has none.
struct ValidSplitOptions {
  double fraction = 0;     ///< of each class, rounded; 0: no validation split
  std::uint64_t seed = 1;  ///< of the choice
};

/// JPEG and PNG files in one folder a class: SOURCE/<class>/…, or SOURCE/train/<class>/… with
/// SOURCE/valid/<class>/… (or `val`). Files are kept as they came.
///
/// The split by fraction is stratified: in each class, the files with the smallest random keys go
/// to `valid`. A file's key depends on the seed and on its path alone, so that a file that is added
/// later moves few others.
class FolderSource final : public PackSource {
 public:
  /// Lists all files. Throws Error(data) where there is nothing to pack, and Error(usage) where
  /// `valid` does not fit the folder.
  FolderSource(std::filesystem::path directory, const ValidSplitOptions& valid);

  Encoding encoding() const override { return Encoding::encoded; }
  LabelType label_type() const override { return {LabelKind::int64, 1}; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<Split>& splits() const override { return splits_; }
  std::unique_ptr<SourcePass> open(const Split& split) const override;
  PackOptionsRecord options() const override { return options_; }
  const std::vector<std::string>& notes() const override { return notes_; }

 private:
  class Pass;
  using Files = std::vector<ImageFolder::File>;

  void take_valid_folder(const std::string& folder, LeftOut& left_out);
  void take_valid_fraction(const ValidSplitOptions& valid);
  void check_classes() const;

  std::filesystem::path directory_;
  std::vector<std::string> classes_;
  Files train_;
  Files valid_;
  std::vector<Split> splits_;
  PackOptionsRecord options_;
  std::vector<std::string> notes_;
};

}  // namespace lockstep
