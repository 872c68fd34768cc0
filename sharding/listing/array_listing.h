#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "sharding/listing/hdf5_image_file.h"
#include "sharding/source/record_reader.h"
#include "sharding/source/source_listing.h"
#include "sharding/source/source_options.h"

namespace lockstep {

/// True for an HDF5 file by its name: .h5, .hdf5, .hdf.
bool is_array_file(const std::filesystem::path& path);

/// Reads the images of another program's HDF5 file, in blocks of rows, in a child process.
class ArrayReader final : public RecordReader {
 public:
  ArrayReader(std::filesystem::path file, std::string dataset);

  Encoding encoding() const override { return shape_.encoding; }
  std::unique_ptr<SourcePass> open(std::span<const SourceRecord> records) const override;
  const Hdf5ImageFile::Shape& shape() const { return shape_; }

 private:
  class Pass;

  std::filesystem::path file_;
  std::string dataset_;
  Hdf5ImageFile::Shape shape_;
};

struct ArrayListing {
  SourceListing listing;
  std::unique_ptr<ArrayReader> reader;
};

/// Lists the images and labels of an HDF5 file. Integer labels are classes by their numbers
/// (negative: no label); strings are classes by their names; with --task regression or multilabel
/// they are rows of numbers. Records are called `file#row`. Throws Error(data) or Error(usage) that
/// says what the file holds.
ArrayListing list_arrays(const SourceOptions& options);

}  // namespace lockstep
