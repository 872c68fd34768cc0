#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sharding/source/record_reader.h"
#include "sharding/source/source_listing.h"

namespace lockstep {

/// The IDX files of MNIST and its relatives: `train-images-idx3-ubyte` and
/// `train-labels-idx1-ubyte`, with `t10k-…` for the validation split; each as it is or as `.gz`.
/// Format: http://yann.lecun.com/exdb/mnist (a magic number, the dimensions as 32-bit big-endian
/// numbers, the bytes).

/// True where the directory holds IDX files by their names.
bool has_idx_files(const std::filesystem::path& directory);

/// Reads the images of IDX files: grey pixels.
class IdxReader final : public RecordReader {
 public:
  /// One file of images, gzip or plain.
  struct Images {
    std::filesystem::path path;
    std::string name;  ///< without .gz; a record of it is called `name#row`
    std::uint32_t count = 0;
    std::uint32_t height = 0;
    std::uint32_t width = 0;
  };

  explicit IdxReader(std::vector<Images> files) : files_(std::move(files)) {}

  Encoding encoding() const override { return Encoding::raw; }
  /// The files are streams: they are read one after the other, from the beginning to the end.
  std::unique_ptr<SourcePass> open(std::span<const SourceRecord> records) const override;

 private:
  class Pass;

  std::vector<Images> files_;
};

struct IdxListing {
  SourceListing listing;
  std::unique_ptr<IdxReader> reader;
};

/// Reads the headers and all labels. The classes are named 0 to the largest label. Throws
/// Error(data) that names the file.
IdxListing list_idx_files(const std::filesystem::path& directory);

}  // namespace lockstep
