#pragma once

#include <filesystem>

#include "sharding/pack_source.h"

namespace lockstep {

/// The IDX files of MNIST and its relatives: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`
/// and, for the validation split, `t10k-…`; each as it is or as `.gz`. Format:
/// http://yann.lecun.com/exdb/mnist (a magic number, the dimensions as 32-bit big-endian numbers,
/// the bytes).
class IdxSource final : public PackSource {
 public:
  /// True where the directory holds IDX files by their names.
  static bool recognises(const std::filesystem::path& directory);

  /// Reads the headers and all labels. Throws Error(data) that names the file.
  explicit IdxSource(const std::filesystem::path& directory);

  Encoding encoding() const override { return Encoding::raw; }
  LabelType label_type() const override { return {LabelKind::int64, 1}; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<Split>& splits() const override { return splits_; }
  std::unique_ptr<SourcePass> open(const Split& split) const override;
  PackOptionsRecord options() const override { return {{"source", "idx"}}; }
  const std::vector<std::string>& notes() const override { return notes_; }

 private:
  struct Files {
    std::filesystem::path images;
    std::uint32_t height = 0;
    std::uint32_t width = 0;
    std::vector<std::uint8_t> labels;
  };
  class Pass;

  void add_split(const std::filesystem::path& directory, std::string_view name,
                 std::string_view prefix);

  std::vector<Split> splits_;
  std::vector<Files> files_;  ///< of each split
  std::vector<std::string> classes_;
  std::vector<std::string> notes_;
};

}  // namespace lockstep
