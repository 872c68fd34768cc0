#include "sharding/write/shard_spool.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "core/checked.h"
#include "core/errno_text.h"
#include "core/error.h"
#include "sharding/format/shard_hash.h"
#include "sharding/write/hdf5_shard_writer.h"

namespace lockstep {
namespace {

constexpr std::size_t kBufferBytes = 4 << 20;

UniqueFd open_for_update(const std::filesystem::path& path) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  const int error = errno;
  check(bool(file), ExitCode::storage, "cannot write '{}': {}", path.string(), errno_text(error));
  return file;
}

void seek(int fd, std::uint64_t position, const std::filesystem::path& path) {
  const bool good = ::lseek(fd, static_cast<off_t>(position), SEEK_SET) >= 0;
  const int error = errno;
  check(good, ExitCode::storage, "cannot write '{}': {}", path.string(), errno_text(error));
}

}  // namespace

ShardSpool::ShardSpool(std::filesystem::path path, Encoding encoding, const PackSource& source)
    : path_(std::move(path)), encoding_(encoding), label_(source.label_type()), source_(source) {}

void ShardSpool::add(const std::string& source, const Sample& sample) {
  SampleRecord record = sample.record;
  record.offset = bytes_;
  const std::size_t start = index_.size();
  index_.resize(start + label_.record_bytes());
  encode_record(label_, record, sample.label, sample.targets, std::span(index_).subspan(start));
  sources_.push_back(source);
  buffer_.insert(buffer_.end(), sample.bytes.begin(), sample.bytes.end());
  bytes_ += sample.bytes.size();
  if (buffer_.size() >= kBufferBytes) flush();
}

void ShardSpool::flush() {
  if (!file_) file_ = create_file(path_);
  write_all(file_.get(), buffer_, path_);
  buffer_.clear();
}

void ShardSpool::copy_to(int fd, const std::filesystem::path& path) {
  flush();
  const UniqueFd spool = open_for_reading(path_, ExitCode::storage);
  read_range(spool.get(), 0, bytes_, path_, ExitCode::storage,
             [&](std::span<const std::byte> block) { write_all(fd, block, path); });
}

ShardInfo ShardSpool::write_shard(const std::filesystem::path& directory, const std::string& name) {
  const std::filesystem::path path = directory / name;
  const ShardLayout layout = create_shard(path, {.encoding = encoding_,
                                                 .label = label_,
                                                 .bytes = bytes_,
                                                 .sources = sources_,
                                                 .classes = source_.classes(),
                                                 .label_names = source_.label_names()});
  const UniqueFd file = open_for_update(path);
  seek(file.get(), layout.bytes.address, path);
  copy_to(file.get(), path);
  seek(file.get(), layout.index.address, path);
  write_all(file.get(), index_, path);
  sync_file(file.get(), path);

  ShardInfo shard{.file = name,
                  .size = file_size(file.get(), path),
                  .samples = sources_.size(),
                  .bytes = layout.bytes,
                  .index = layout.index,
                  .hash = {},
                  .index_hash = {},
                  .structure_hash = {}};
  const ShardHashes hashes = hash_shard(path, shard);
  shard.hash = hashes.file;
  shard.index_hash = hashes.index;
  shard.structure_hash = hashes.structure;

  file_ = UniqueFd();
  bytes_ = 0;
  index_.clear();
  sources_.clear();
  return shard;
}

}  // namespace lockstep
