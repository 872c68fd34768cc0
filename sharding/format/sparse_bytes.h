#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>

namespace lockstep {

/// The content of a file in memory, in blocks: what was never written takes no memory, and reads as
/// zeros. Not thread-safe.
class SparseBytes {
 public:
  void write(std::uint64_t offset, std::span<const std::byte> bytes);
  void read(std::uint64_t offset, std::span<std::byte> bytes) const;
  /// Of the whole file; what is beyond it is not part of it.
  std::uint64_t size() const { return size_; }
  void resize(std::uint64_t size) { size_ = size; }

 private:
  static constexpr std::size_t kBlockBytes = 16 << 10;
  using Block = std::array<std::byte, kBlockBytes>;

  std::map<std::uint64_t, std::unique_ptr<Block>> blocks_;  ///< by their number
  std::uint64_t size_ = 0;
};

}  // namespace lockstep
