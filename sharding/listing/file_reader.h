#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "sharding/source/record_reader.h"

namespace lockstep {

/// Each image that a file of many claims takes memory before it is read. Throws Error(data) where
/// `file`, of `bytes`, claims more than eight for each of its bytes: even black ones take more,
/// however they are compressed.
void check_image_count(const std::filesystem::path& file, std::uint64_t bytes, std::uint64_t count);

/// Reads an image file whole into `bytes`. Throws BadSample where it is missing, empty or too
/// large; Error(data) where it cannot be read for another reason (no permission, an I/O error).
void read_image_file(const std::filesystem::path& path, std::vector<std::byte>& bytes);

/// Reads one file a record. A file that is missing, empty or too large is a bad sample; one that
/// cannot be read for another reason (no permission, an I/O error) ends the pass, since a pack must
/// not depend on the day.
class FileReader final : public RecordReader {
 public:
  explicit FileReader(std::filesystem::path root) : root_(std::move(root)) {}

  Encoding encoding() const override { return Encoding::encoded; }
  std::unique_ptr<SourcePass> open(std::span<const SourceRecord> records) const override;

 private:
  class Pass;

  std::filesystem::path root_;
};

}  // namespace lockstep
