#include "sharding/format/sparse_bytes.h"

#include <algorithm>
#include <cstring>

namespace lockstep {
namespace {

/// Calls `visit(number, place, count)` for each block that [offset, offset + size) touches.
template <typename Visit>
void visit_blocks(std::uint64_t offset, std::size_t size, std::size_t block_bytes,
                  const Visit& visit) {
  while (size > 0) {
    const auto place = static_cast<std::size_t>(offset % block_bytes);
    const std::size_t count = std::min(size, block_bytes - place);
    visit(offset / block_bytes, place, count);
    offset += count;
    size -= count;
  }
}

}  // namespace

void SparseBytes::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  size_ = std::max(size_, offset + bytes.size());
  visit_blocks(offset, bytes.size(), kBlockBytes,
               [&](std::uint64_t number, std::size_t place, std::size_t count) {
                 std::unique_ptr<Block>& block = blocks_[number];
                 if (!block) block = std::make_unique<Block>();
                 std::memcpy(block->data() + place, bytes.data(), count);
                 bytes = bytes.subspan(count);
               });
}

void SparseBytes::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  visit_blocks(offset, bytes.size(), kBlockBytes,
               [&](std::uint64_t number, std::size_t place, std::size_t count) {
                 const auto block = blocks_.find(number);
                 if (block == blocks_.end()) {
                   std::memset(bytes.data(), 0, count);
                 } else {
                   std::memcpy(bytes.data(), block->second->data() + place, count);
                 }
                 bytes = bytes.subspan(count);
               });
}

}  // namespace lockstep
