#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "core/error.h"
#include "core/hash.h"
#include "sharding/format/pack_manifest.h"

namespace lockstep {

/// What a part of a shard's file holds.
enum class ShardPart { structure, bytes, index };

struct ShardRegion {
  ShardPart part = ShardPart::structure;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// The whole file, from its first byte to its last. `shard` says where the datasets lie.
std::array<ShardRegion, 5> regions_of(const ShardInfo& shard);

/// The three digests of a shard.
struct ShardHashes {
  std::string file;
  std::string index;
  std::string structure;  ///< of what lies outside /bytes and /index, in file order

  bool operator==(const ShardHashes&) const = default;
};

/// Takes a shard's file in file order.
class ShardHasher {
 public:
  void update(ShardPart part, std::span<const std::byte> bytes);
  ShardHashes hashes() const { return {whole_.hex(), index_.hex(), structure_.hex()}; }

 private:
  Hasher whole_;
  Hasher index_;
  Hasher structure_;
};

/// The digests, from one pass over the file. Throws Error(code) where it cannot be read or is
/// shorter than `shard.size`.
ShardHashes hash_shard(const std::filesystem::path& path, const ShardInfo& shard,
                       ExitCode code = ExitCode::data);

}  // namespace lockstep
