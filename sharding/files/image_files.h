#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sharding/files/path_list.h"
#include "sharding/read/dataset.h"

namespace lockstep {

/// Image files without labels, as samples: what is read of each is what a pack of it would hold, so
/// that both give a network the same pixels.
///
///     const ImageFiles files(list_image_files({"photos/"}, notes));
///     files.read(0, sample);   // Error(data) says why this file cannot be used
class ImageFiles final : public Dataset {
 public:
  using File = ListedFile;

  explicit ImageFiles(std::vector<File> files) : files_(std::move(files)) {}

  const std::string& id(std::uint64_t number) const { return files_[number].id; }

  std::uint64_t size() const override { return files_.size(); }
  Encoding encoding() const override { return Encoding::encoded; }
  LabelType label_type() const override { return {LabelKind::none, 0}; }
  /// Throws Error(data) where the file is missing, is no image, or is one of a kind that is not
  /// read. A JPEG that is damaged inside is found when it is decoded.
  void read(std::uint64_t id, Sample& sample) const override;
  std::string describe(std::uint64_t id) const override;

 private:
  std::vector<File> files_;
};

/// The files that `inputs` name, in their order:
/// - of a folder the images at any depth in the bytewise order of their paths, also those of kinds
///   that are not read;
/// - of a table (.csv, .tsv) those of its rows, below its folder, with the cells as ids;
/// - of `-` those of the lines of stdin, as they are;
/// - any other path is a file.
/// Files of a table or of stdin may be missing. What a folder holds beside images is told in
/// `notes`. Throws Error(usage) where an input or its images are not there, Error(data) where a
/// folder cannot be listed or a table not be read.
std::vector<ImageFiles::File> list_image_files(const std::vector<std::filesystem::path>& inputs,
                                               std::vector<std::string>& notes,
                                               const PathListOptions& lists = {});

}  // namespace lockstep
