#include "sharding/shard_hash.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/file.h"
#include "core/hash.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kBlockBytes = 4 << 20;

}  // namespace

ShardHashes hash_shard(const std::filesystem::path& path, const ShardInfo& shard) {
  const UniqueFd file = open_for_reading(path, ExitCode::data);
  Hasher whole;
  Hasher index;
  Hasher structure;

  // The file as a row of regions, each with the hasher that takes it besides `whole`: none for
  // /bytes, where each sample has its own hash.
  struct Region {
    std::uint64_t end;
    Hasher* hasher;
  };
  std::array<Region, 5> regions;
  const bool bytes_first = shard.bytes.address < shard.index.address;
  const DatasetExtent& first = bytes_first ? shard.bytes : shard.index;
  const DatasetExtent& second = bytes_first ? shard.index : shard.bytes;
  regions[0] = {first.address, &structure};
  regions[1] = {first.address + first.size, bytes_first ? nullptr : &index};
  regions[2] = {second.address, &structure};
  regions[3] = {second.address + second.size, bytes_first ? &index : nullptr};
  regions[4] = {shard.size, &structure};

  std::vector<std::byte> block;
  std::uint64_t at = 0;
  for (const Region& region : regions) {
    while (at < region.end) {
      block.resize(std::min(kBlockBytes, region.end - at));
      pread_exactly(file.get(), block, at, path, ExitCode::data);
      whole.update(block);
      if (region.hasher != nullptr) region.hasher->update(block);
      at += block.size();
    }
  }
  return {whole.hex(), index.hex(), structure.hex()};
}

}  // namespace lockstep
