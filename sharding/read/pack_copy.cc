#include "sharding/read/pack_copy.h"

#include <system_error>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "core/storage/new_file.h"
#include "core/storage/staging.h"
#include "sharding/format/pack_format.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kReservedBytes = 1 << 20;  // beyond the shards: pack.json, directories

bool is_there(const fs::path& path, std::uint64_t size) {
  std::error_code missing;
  return fs::file_size(path, missing) == size && !missing;
}

/// A shard has its name only when it is whole.
void copy_shard(const fs::path& from, const fs::path& to, const ShardInfo& shard,
                const std::function<void(std::uint64_t)>& advance) {
  const UniqueFd source = open_for_reading(from, ExitCode::data, "was the pack moved?");
  const fs::path part = to.string() + ".part";
  RemovedOnFailure guard(part);
  NewFile file(part);
  read_range(source.get(), 0, shard.size, from, ExitCode::data,
             [&](std::span<const std::byte> piece) {
               file.write(piece);
               advance(piece.size());
             });
  check(file.finish().xxh3_128 == shard.hash, ExitCode::data,
        "'{}' is damaged: it does not match its hash; `lockstep verify {}` says where", from,
        from.parent_path());
  rename_durably(part, to);
  guard.succeed();
}

}  // namespace

PackCopy copy_pack(const Pack& pack, std::span<const std::string> splits, const fs::path& directory,
                   const Progress& progress) {
  make_directories(directory);
  PackCopy copy;
  std::vector<const ShardInfo*> missing;
  for (const std::string& name : splits) {
    const SplitInfo* const split = pack.manifest().find(name);
    if (split == nullptr) continue;
    for (const ShardInfo& shard : split->shards) {
      copy.bytes += shard.size;
      if (is_there(directory / shard.file, shard.size)) continue;
      missing.push_back(&shard);
      copy.copied += shard.size;
    }
  }
  const std::uint64_t free = free_bytes(directory);
  check(free >= copy.copied + kReservedBytes, ExitCode::storage,
        "disk full: a copy of the pack '{}' needs {} bytes more, and '{}' has {} left; free some "
        "space, or choose another data.stage",
        pack.directory(), copy.copied, directory, free);
  std::uint64_t done = 0;
  for (const ShardInfo* shard : missing) {
    copy_shard(pack.directory() / shard->file, directory / shard->file, *shard,
               [&](std::uint64_t bytes) {
                 done += bytes;
                 if (progress) progress(done, copy.copied);
               });
  }
  // The hashes that training compares with come from this file: it is the pack's own, whoever has
  // written in the directory.
  replace_file(directory / kPackManifest,
               read_file(pack.directory() / kPackManifest, ExitCode::data));
  return copy;
}

}  // namespace lockstep
