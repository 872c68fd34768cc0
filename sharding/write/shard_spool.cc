#include "sharding/write/shard_spool.h"

#include <algorithm>

#include "core/error.h"
#include "sharding/format/shard_hash.h"
#include "sharding/write/hdf5_shard_writer.h"

namespace lockstep {
namespace {

constexpr std::size_t kBufferBytes = 4 << 20;
constexpr std::size_t kBlockBytes = 1 << 20;

/// Calls `write` with bytes [begin, end) of `content`.
void copy_content(const SparseBytes& content, std::uint64_t begin, std::uint64_t end,
                  const std::function<void(std::span<const std::byte>)>& write) {
  std::vector<std::byte> block;
  for (; begin < end; begin += block.size()) {
    block.resize(std::min<std::uint64_t>(kBlockBytes, end - begin));
    content.read(begin, block);
    write(block);
  }
}

}  // namespace

ShardSpool::ShardSpool(std::filesystem::path path, const PackManifest& pack)
    : path_(std::move(path)), pack_(pack) {}

void ShardSpool::add(const std::string& source, const Sample& sample) {
  SampleRecord record = sample.record;
  record.offset = bytes_;
  const std::size_t start = index_.size();
  index_.resize(start + pack_.label.record_bytes());
  encode_record(pack_.label, record, sample.label, sample.targets,
                std::span(index_).subspan(start));
  sources_.push_back(source);
  buffer_.insert(buffer_.end(), sample.bytes.begin(), sample.bytes.end());
  bytes_ += sample.bytes.size();
  if (buffer_.size() >= kBufferBytes) flush();
}

void ShardSpool::flush() {
  if (!file_) file_.emplace(path_);
  file_->write(buffer_);
  buffer_.clear();
}

void ShardSpool::copy_to(const Write& write) {
  flush();
  const FileDigest written = file_->close();
  const UniqueFd spool = open_for_reading(path_, ExitCode::storage);
  Hasher hasher;
  read_range(spool.get(), 0, bytes_, path_, ExitCode::storage,
             [&](std::span<const std::byte> block) {
               hasher.update(block);
               write(block);
             });
  check_read_back(path_, hasher.hex() == written.xxh3_128);
}

ShardInfo ShardSpool::write_shard(const std::filesystem::path& directory, const std::string& name) {
  const std::filesystem::path path = directory / name;
  const ShardImage image = create_shard(name, {.encoding = pack_.encoding,
                                               .label = pack_.label,
                                               .features = pack_.features_of_sample(),
                                               .bytes = bytes_,
                                               .sources = sources_,
                                               .classes = pack_.classes,
                                               .label_names = pack_.label_names});
  ShardInfo shard{.file = name,
                  .size = image.content.size(),
                  .samples = sources_.size(),
                  .bytes = image.bytes,
                  .index = image.index,
                  .hash = {},
                  .index_hash = {},
                  .structure_hash = {}};
  NewFile file(path);
  ShardHasher hasher;
  for (const ShardRegion& region : regions_of(shard)) {
    const auto write = [&](std::span<const std::byte> block) {
      file.write(block);
      hasher.update(region.part, block);
    };
    if (region.part == ShardPart::structure) {
      copy_content(image.content, region.begin, region.end, write);
    } else if (region.part == ShardPart::bytes) {
      copy_to(write);
    } else {
      write(index_);
    }
  }
  file.finish();
  const ShardHashes hashes = hasher.hashes();
  drop_from_cache(path);
  check_read_back(path, hash_shard(path, shard, ExitCode::storage) == hashes);
  shard.hash = hashes.file;
  shard.index_hash = hashes.index;
  shard.structure_hash = hashes.structure;

  file_.reset();
  bytes_ = 0;
  index_.clear();
  sources_.clear();
  return shard;
}

}  // namespace lockstep
