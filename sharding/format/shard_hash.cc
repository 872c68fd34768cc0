#include "sharding/format/shard_hash.h"

#include <array>
#include <span>

#include "core/file.h"
#include "core/hash.h"

namespace lockstep {
ShardHashes hash_shard(const std::filesystem::path& path, const ShardInfo& shard) {
  const UniqueFd file = open_for_reading(path, ExitCode::data);
  Hasher whole;
  Hasher index;
  Hasher structure;

  // The file as a row of regions, each with the hasher that it goes to in addition to `whole`;
  // nullptr for /bytes, where each sample has its own hash.
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

  std::uint64_t begin = 0;
  for (const Region& region : regions) {
    read_range(file.get(), begin, region.end - begin, path, ExitCode::data,
               [&](std::span<const std::byte> block) {
                 whole.update(block);
                 if (region.hasher != nullptr) region.hasher->update(block);
               });
    begin = region.end;
  }
  return {whole.hex(), index.hex(), structure.hex()};
}

}  // namespace lockstep
