#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sharding/format/sample.h"

namespace lockstep {

/// The images of an HDF5 file that another program made: a dataset of uint8 pixels [N, height,
/// width] or [N, height, width, 1 or 3], or of one encoded file a row, variable-length uint8 [N] or
/// opaque [N]; contiguous, chunked or compressed. Not thread-safe, as ForeignDataset.
class Hdf5ImageFile {
 public:
  struct Shape {
    Encoding encoding = Encoding::raw;
    std::uint64_t count = 0;
    std::uint32_t height = 0;  ///< of pixels; 0 for encoded files
    std::uint32_t width = 0;
    std::uint8_t channels = 0;
    std::size_t image_bytes() const { return std::size_t{height} * width * channels; }
  };

  /// Opens read-only, without locking. Throws Error(data) where the file or the dataset is
  /// something else; the message says what.
  Hdf5ImageFile(const std::filesystem::path& path, const std::string& dataset);
  ~Hdf5ImageFile();
  Hdf5ImageFile(Hdf5ImageFile&&) noexcept;

  const Shape& shape() const;
  /// Rows [first, first + count), into `rows[0]` and on. Throws Error(data).
  void read(std::uint64_t first, std::span<std::vector<std::byte>> rows);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace lockstep
