#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

struct gzFile_s;

namespace lockstep {

/// A file read from its beginning, decompressed where it is gzip, else as it is. One thread at a
/// time.
class GzipFile {
 public:
  /// Throws Error(data) where it cannot be opened.
  explicit GzipFile(std::filesystem::path path);

  /// Fills `bytes`. Throws Error(data), which names the file, where it ends before or is damaged.
  void read(std::span<std::byte> bytes);

  /// Throws Error(data) where the file is too small to hold `bytes`, whatever its compression: what
  /// a header claims takes no memory then.
  void expect_bytes(std::uint64_t bytes);

  /// Of the file as it is, compressed where it is.
  std::uint64_t size_on_disk() const { return size_; }

  /// Throws Error(data) unless the end was reached; it also compares gzip's own checksum.
  void expect_end();

 private:
  std::size_t read_some(std::span<std::byte> bytes);

  struct Close {
    void operator()(gzFile_s* file) const;
  };
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
  std::unique_ptr<gzFile_s, Close> file_;
};

}  // namespace lockstep
