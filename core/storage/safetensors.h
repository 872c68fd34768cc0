#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"

namespace lockstep {

/// The element types of the safetensors format that lockstep writes or reads.
enum class DType { f32, f64, f16, bf16, i64, i32, i16, i8, u8, boolean };

std::size_t size_of(DType dtype);
std::string_view safetensors_name(DType dtype);  ///< "F32", "BF16", ...

/// A tensor that somebody else owns: dense, row-major, little-endian.
struct TensorView {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

/// Writes `tensors`, the header padded with spaces to 8 bytes, `metadata` under `__metadata__`. The
/// format allows no hole between tensors, so wide elements come first, then name order: each
/// tensor's start is a multiple of its element size. The same input gives the same bytes. The file
/// is synced. Returns what was written. Throws Error(storage). Format:
/// https://github.com/huggingface/safetensors#format
FileDigest write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                             const std::map<std::string, std::string>& metadata = {});

/// The size of the file that write_safetensors would write.
std::uint64_t safetensors_bytes(std::span<const TensorView> tensors,
                                const std::map<std::string, std::string>& metadata = {});

/// A safetensors file in memory. Trusts nothing: header length and JSON, dtypes, shapes times size,
/// offsets without overlap, hole or overflow, duplicate names. Throws Error(storage) that names
/// file and tensor. Tensors of files that lockstep wrote are aligned to their element size; those
/// of others need not be.
///
///     const SafetensorsFile file(path, digest);
///     if (const TensorView* weight = file.find("fc.weight")) use(weight->shape, weight->bytes);
class SafetensorsFile {
 public:
  /// The file must be the one that `expected` describes: that is checked before anything is parsed.
  SafetensorsFile(const std::filesystem::path& path, const FileDigest& expected);
  /// The file's `content`, which must outlive this object; `path` is for messages.
  SafetensorsFile(const std::filesystem::path& path, std::span<const std::byte> content);
  SafetensorsFile(SafetensorsFile&&) = default;
  SafetensorsFile& operator=(SafetensorsFile&&) = default;

  /// `__metadata__`.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// In name order; views into this object, or into the content that it was given.
  const std::vector<TensorView>& tensors() const { return tensors_; }
  /// nullptr where there is none of that name.
  const TensorView* find(std::string_view name) const;

 private:
  void parse(const std::filesystem::path& path, std::span<const std::byte> content);

  std::vector<std::byte> content_;
  std::map<std::string, std::string> metadata_;
  std::vector<TensorView> tensors_;
};

}  // namespace lockstep
