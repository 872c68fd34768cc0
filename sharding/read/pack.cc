#include "sharding/read/pack.h"

#include <algorithm>
#include <atomic>
#include <fcntl.h>
#include <mutex>

#include "core/checked.h"
#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/process/pulse.h"

namespace lockstep {
namespace {

/// Bytes read at once in a pass over an index.
constexpr std::uint64_t kBlockBytes = 1 << 20;

std::string advice(const std::filesystem::path& pack) {
  return fmt::format("`lockstep verify {}` lists what is wrong", pack.string());
}

std::vector<float> to_floats(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

// ---- PackSplit

struct PackSplit::Shard {
  const ShardInfo* info = nullptr;
  std::uint64_t first_id = 0;
  std::filesystem::path path;
  std::mutex opening;
  UniqueFd file;
  std::atomic<int> fd = -1;  ///< that of `file`, once it was checked
};

PackSplit::PackSplit(std::filesystem::path pack, const PackManifest& manifest,
                     const SplitInfo& split)
    : pack_(std::move(pack)),
      encoding_(manifest.encoding),
      features_(manifest.features_of_sample()),
      label_(manifest.label),
      classes_(manifest.classes.size()),
      split_(split),
      shards_(std::make_unique<Shard[]>(split_.shards.size())) {
  std::uint64_t first_id = 0;
  for (std::size_t i = 0; i < split_.shards.size(); ++i) {
    shards_[i].info = &split_.shards[i];
    shards_[i].first_id = first_id;
    shards_[i].path = pack_ / split_.shards[i].file;
    first_id += split_.shards[i].samples;
  }
}

PackSplit::~PackSplit() = default;

PackSplit::Shard& PackSplit::shard_of(std::uint64_t id) const {
  check(id < size(), ExitCode::internal, "sample {} of split '{}', which has {}", id, name(),
        size());
  const std::span shards(shards_.get(), split_.shards.size());
  const auto after = std::ranges::upper_bound(shards, id, {}, &Shard::first_id);
  return *std::prev(after);
}

int PackSplit::open_shard(Shard& shard) const {
  if (const int fd = shard.fd.load(std::memory_order_acquire); fd >= 0) return fd;
  const std::scoped_lock lock(shard.opening);
  if (const int fd = shard.fd.load(std::memory_order_relaxed); fd >= 0) return fd;

  UniqueFd file =
      open_for_reading(shard.path, ExitCode::data, "was the pack moved? " + advice(pack_));
  const std::uint64_t size = file_size(file.get(), shard.path);
  check(size == shard.info->size, ExitCode::data,
        "'{}' has {} bytes, and not the {} that {} says: it was cut short or replaced; {}",
        shard.path.string(), size, shard.info->size, kPackManifest, advice(pack_));
  Hasher hasher;
  read_range(file.get(), shard.info->index.address, shard.info->index.size, shard.path,
             ExitCode::data, [&](std::span<const std::byte> block) { hasher.update(block); });
  check(hasher.hex() == shard.info->index_hash, ExitCode::data, "/index of '{}' is damaged; {}",
        shard.path.string(), advice(pack_));

  shard.file = std::move(file);
  shard.fd.store(shard.file.get(), std::memory_order_release);
  return shard.file.get();
}

void PackSplit::decode(const Shard& shard, std::uint64_t id, std::span<const std::byte> record,
                       Sample& sample) const {
  decode_record(label_, record, sample.record, sample.label, sample.targets);
  const RecordLimits limits{encoding_, label_, classes_, shard.info->bytes.size, features_};
  if (const char* what = find_impossible(limits, sample.record, sample.label, sample.targets)) {
    fail(ExitCode::data, "'{}' is damaged: sample {} of split '{}' has an impossible {}; {}",
         shard.path.string(), id, name(), what, advice(pack_));
  }
}

void PackSplit::read(std::uint64_t id, Sample& sample) const {
  Shard& shard = shard_of(id);
  const int fd = open_shard(shard);

  // The record is read into the sample's own memory, which is never made smaller first: growing
  // a vector fills what is new with zeros.
  const std::size_t record_bytes = label_.record_bytes();
  if (sample.bytes.size() < record_bytes) sample.bytes.resize(record_bytes);
  const auto record = std::span(sample.bytes).first(record_bytes);
  pread_exactly(fd, record, shard.info->index.address + (id - shard.first_id) * record_bytes,
                shard.path, ExitCode::data);
  decode(shard, id, record, sample);

  sample.bytes.resize(sample.record.size);
  pread_exactly(fd, sample.bytes, shard.info->bytes.address + sample.record.offset, shard.path,
                ExitCode::data);
  check(xxh3_64(sample.bytes) == sample.record.hash, ExitCode::data,
        "'{}' is damaged: sample {} of split '{}' does not match its checksum; {}",
        shard.path.string(), id, name(), advice(pack_));
}

void PackSplit::visit_labels(
    const std::function<void(std::uint64_t id, const SampleLabel& label)>& visit) const {
  visit_index([&](std::uint64_t id, const Sample& sample) {
    visit(id, {sample.label, sample.targets});
  });
}

void PackSplit::read_ahead(std::uint64_t first, std::uint64_t count) const {
  const std::size_t record_bytes = label_.record_bytes();
  std::vector<std::byte> bytes(record_bytes);
  Sample sample;
  const auto place = [&](const Shard& shard, std::uint64_t id) {
    pread_exactly(shard.file.get(), bytes,
                  shard.info->index.address + (id - shard.first_id) * record_bytes, shard.path,
                  ExitCode::data);
    decode(shard, id, bytes, sample);
    return sample.record;
  };
  for (const std::uint64_t end = first + count; first < end;) {
    Shard& shard = shard_of(first);
    const int fd = open_shard(shard);
    const std::uint64_t last = std::min(end, shard.first_id + shard.info->samples) - 1;
    const std::uint64_t begin_offset = place(shard, first).offset;
    const SampleRecord record = place(shard, last);
    // A hint: what it returns changes nothing.
    ::posix_fadvise(fd, static_cast<off_t>(shard.info->bytes.address + begin_offset),
                    static_cast<off_t>(record.offset + record.size - begin_offset),
                    POSIX_FADV_WILLNEED);
    first = last + 1;
  }
}

std::string PackSplit::describe(std::uint64_t id) const {
  const Shard& shard = shard_of(id);
  return fmt::format("sample {} of split '{}' ('{}', its sample {})", id, name(),
                     shard.path.string(), id - shard.first_id);
}

void PackSplit::visit_index(
    const std::function<void(std::uint64_t id, const Sample&)>& visit) const {
  const std::uint64_t record_bytes = label_.record_bytes();
  std::vector<std::byte> block;
  Sample sample;
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < split_.shards.size(); ++i) {
    Shard& shard = shards_[i];
    const int fd = open_shard(shard);
    const std::uint64_t end = shard.first_id + shard.info->samples;
    while (id < end) {
      const std::uint64_t records = std::min(kBlockBytes / record_bytes + 1, end - id);
      block.resize(records * record_bytes);
      pread_exactly(fd, block, shard.info->index.address + (id - shard.first_id) * record_bytes,
                    shard.path, ExitCode::data);
      beat();
      for (std::uint64_t k = 0; k < records; ++k, ++id) {
        decode(shard, id, std::span(block).subspan(k * record_bytes, record_bytes), sample);
        visit(id, sample);
      }
    }
  }
}

// ---- Pack

Pack::Pack(std::filesystem::path directory)
    : directory_(std::move(directory)), manifest_(read_pack_manifest(directory_)) {}

std::vector<std::string> Pack::label_names() const {
  const LabelType& label = manifest_.label;
  if (label.kind == LabelKind::int64) return manifest_.classes;
  if (!label.has_targets() || !manifest_.label_names.empty()) return manifest_.label_names;
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < label.width; ++i) {
    names.push_back(
        fmt::format("{} {}", label.kind == LabelKind::uint8 ? "flag" : "target", i + 1));
  }
  return names;
}

std::vector<float> Pack::mean() const { return to_floats(manifest_.mean); }
std::vector<float> Pack::std() const { return to_floats(manifest_.std); }

std::shared_ptr<const PackSplit> Pack::split(std::string_view name) const {
  const SplitInfo* info = manifest_.find(name);
  if (info == nullptr) {
    std::vector<std::string_view> names;
    for (const SplitInfo& split : manifest_.splits) names.push_back(split.name);
    fail(ExitCode::data, "the pack '{}' has no split '{}'; it has: {}", directory_.string(), name,
         fmt::join(names, ", "));
  }
  return std::make_shared<const PackSplit>(directory_, manifest_, *info);
}

}  // namespace lockstep
