#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

/// Writes `tensors` in name order, each tensor's start aligned to its element size, the header padded with spaces to 8
/// bytes, `metadata` under `__metadata__`. The same input gives the same bytes. The file is synced. Throws Error(storage).
/// Format: https://github.com/huggingface/safetensors#format
void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// A safetensors file in memory. Trusts nothing: header length and JSON, dtypes, shapes times size, offsets without
/// overlap, hole or overflow, duplicate names. Throws Error(storage) that names file and tensor.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  /// In name order; views into this object.
  const std::vector<TensorView>& tensors() const { return tensors_; }
  /// nullptr where there is none of that name.
  const TensorView* find(std::string_view name) const;
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  std::vector<std::byte> content_;
  std::vector<TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace lockstep
