#include "sharding/format/shard_hash.h"

#include <span>

#include "core/file.h"

namespace lockstep {

std::array<ShardRegion, 5> regions_of(const ShardInfo& shard) {
  const bool bytes_first = shard.bytes.address < shard.index.address;
  const DatasetExtent& first = bytes_first ? shard.bytes : shard.index;
  const DatasetExtent& second = bytes_first ? shard.index : shard.bytes;
  const std::uint64_t first_end = first.address + first.size;
  const std::uint64_t second_end = second.address + second.size;
  return {{{ShardPart::structure, 0, first.address},
           {bytes_first ? ShardPart::bytes : ShardPart::index, first.address, first_end},
           {ShardPart::structure, first_end, second.address},
           {bytes_first ? ShardPart::index : ShardPart::bytes, second.address, second_end},
           {ShardPart::structure, second_end, shard.size}}};
}

void ShardHasher::update(ShardPart part, std::span<const std::byte> bytes) {
  whole_.update(bytes);
  if (part == ShardPart::index) index_.update(bytes);
  if (part == ShardPart::structure) structure_.update(bytes);
  // Each sample of /bytes has its own hash.
}

ShardHashes hash_shard(const std::filesystem::path& path, const ShardInfo& shard, ExitCode code) {
  const UniqueFd file = open_for_reading(path, code);
  ShardHasher hasher;
  for (const ShardRegion& region : regions_of(shard)) {
    read_range(file.get(), region.begin, region.end - region.begin, path, code,
               [&](std::span<const std::byte> block) { hasher.update(region.part, block); });
  }
  return hasher.hashes();
}

}  // namespace lockstep
