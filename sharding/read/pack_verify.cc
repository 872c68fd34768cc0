#include "sharding/read/pack_verify.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "imaging/codec/decode.h"
#include "sharding/format/pack_manifest.h"
#include "sharding/format/shard_hash.h"
#include "sharding/read/hdf5_shard_reader.h"

namespace lockstep {
namespace {

/// Records of an index that are read at once.
constexpr std::uint64_t kBlockRecords = 4096;
/// Samples of one shard that are named; more are counted.
constexpr std::uint64_t kNamedSamples = 20;

class ShardVerifier {
 public:
  using Advance = std::function<void(std::uint64_t samples)>;

  ShardVerifier(const std::filesystem::path& pack, const PackManifest& manifest,
                const SplitInfo& split, const ShardInfo& shard, std::uint64_t first_id,
                std::vector<std::string>& problems)
      : path_(pack / shard.file),
        manifest_(manifest),
        split_(split),
        shard_(shard),
        first_id_(first_id),
        problems_(problems) {}

  void run(const Advance& advance) {
    const std::size_t before = problems_.size();
    try {
      const UniqueFd file = open_for_reading(path_, ExitCode::data, "was the pack moved?");
      const std::uint64_t size = file_size(file.get(), path_);
      if (size != shard_.size) {
        add("has {} bytes, and not {}: it was cut short or replaced", size, shard_.size);
        return;
      }
      const ShardHashes hashes = hash_shard(path_, shard_);
      check_structure(hashes.structure == shard_.structure_hash);
      if (hashes.index != shard_.index_hash) add("is damaged: /index does not match its hash");
      check_samples(file.get(), advance);
      if (hashes.file != shard_.hash && problems_.size() == before) {
        add("is damaged: it does not match its hash");
      }
    } catch (const Error& error) {
      problems_.push_back(error.what());
    }
  }

 private:
  template <typename... Args>
  void add(MessageFormat<Args...> format, const Args&... args) {
    problems_.push_back(message("'{}' {}", path_, message<Args...>(format, args...)));
  }

  /// HDF5 is asked only where its own data are known to be whole, and even then in a child process.
  void check_structure(bool whole) {
    if (!whole) {
      add("is damaged outside of /bytes and /index: in HDF5's own data, /source, /classes or "
          "/label_names");
      return;
    }
    ShardDescription found = describe_shard(path_, shard_);
    const auto expect = [&](bool good, const char* what) {
      if (!good) add("has another {} than {} says", what, kPackManifest);
    };
    expect(found.format == kPackFormat, "format");
    expect(found.version == kPackVersion, "version");
    expect(found.encoding == name_of(manifest_.encoding), "encoding");
    expect(found.label_kind == name_of(manifest_.label.kind), "label kind");
    expect(found.bytes == shard_.bytes, "place of /bytes");
    expect(found.index == shard_.index, "place of /index");
    expect(found.samples == shard_.samples, "number of samples");
    expect(found.sources.size() == shard_.samples, "number of names in /source");
    expect(found.classes == manifest_.classes, "list of classes");
    expect(found.label_names == manifest_.label_names, "list of label names");
    sources_ = std::move(found.sources);
  }

  void check_samples(int fd, const Advance& advance) {
    const std::uint64_t record_bytes = manifest_.label.record_bytes();
    std::vector<std::byte> block;
    std::uint64_t bad = 0;
    std::uint64_t end = 0;  // of the sample before, in /bytes
    Sample sample;
    for (std::uint64_t first = 0; first < shard_.samples; first += kBlockRecords) {
      const std::uint64_t records = std::min(kBlockRecords, shard_.samples - first);
      block.resize(records * record_bytes);
      pread_exactly(fd, block, shard_.index.address + first * record_bytes, path_, ExitCode::data);
      for (std::uint64_t k = 0; k < records; ++k) {
        decode_record(manifest_.label, std::span(block).subspan(k * record_bytes, record_bytes),
                      sample.record, sample.label, sample.targets);
        const std::string problem = find_problem(fd, end, sample);
        end = sample.record.offset + sample.record.size;
        if (!problem.empty() && ++bad <= kNamedSamples) {
          add("is damaged: {} {}", name_sample(first + k), problem);
        }
      }
      advance(records);
    }
    if (bad > kNamedSamples) add("has {} more damaged samples", bad - kNamedSamples);
    if (end != shard_.bytes.size) add("is damaged: /bytes has more than its samples");
  }

  std::string name_sample(std::uint64_t in_shard) const {
    std::string name = fmt::format("sample {} of split '{}'", first_id_ + in_shard, split_.name);
    if (in_shard < sources_.size()) name += fmt::format(" (from '{}')", sources_[in_shard]);
    return name;
  }

  /// What is wrong with a sample whose record was read; empty where nothing is.
  std::string find_problem(int fd, std::uint64_t expected_offset, Sample& sample) const {
    const SampleRecord& record = sample.record;
    const RecordLimits limits{manifest_.encoding, manifest_.label, manifest_.classes.size(),
                              shard_.bytes.size, manifest_.features_of_sample()};
    if (const char* what = find_impossible(limits, record, sample.label, sample.targets)) {
      return fmt::format("has an impossible {}", what);
    }
    if (record.offset != expected_offset) return "does not follow the sample before it";
    sample.bytes.resize(record.size);
    pread_exactly(fd, sample.bytes, shard_.bytes.address + record.offset, path_, ExitCode::data);
    if (xxh3_64(sample.bytes) != record.hash) return "does not match its checksum";
    if (manifest_.encoding == Encoding::raw) return {};
    if (manifest_.encoding == Encoding::features) {
      std::vector<float> features(record.size / sizeof(float));
      std::memcpy(features.data(), sample.bytes.data(), record.size);
      return are_finite(features) ? "" : "has features that are no finite numbers";
    }
    try {
      const ImageInfo info = probe_image(sample.bytes);
      const bool same = std::cmp_equal(info.height, record.height) &&
                        std::cmp_equal(info.width, record.width) &&
                        std::cmp_equal(info.channels, record.channels);
      return same ? "" : "has another shape than its image";
    } catch (const Error& error) {
      return error.what();
    }
  }

  std::filesystem::path path_;
  const PackManifest& manifest_;
  const SplitInfo& split_;
  const ShardInfo& shard_;
  std::uint64_t first_id_;
  std::vector<std::string>& problems_;
  std::vector<std::string> sources_;  ///< empty where the shard's structure is damaged
};

}  // namespace

PackVerifyReport verify_pack(const std::filesystem::path& directory, const Progress& progress) {
  const PackManifest manifest = read_pack_manifest(directory);
  PackVerifyReport report;
  std::uint64_t total = 0;
  for (const SplitInfo& split : manifest.splits) total += split.samples;
  for (const SplitInfo& split : manifest.splits) {
    std::uint64_t first_id = 0;
    for (const ShardInfo& shard : split.shards) {
      ShardVerifier verifier(directory, manifest, split, shard, first_id, report.problems);
      verifier.run([&](std::uint64_t samples) {
        report.samples += samples;
        if (progress) progress(report.samples, total);
      });
      first_id += shard.samples;
      ++report.shards;
    }
  }
  return report;
}

}  // namespace lockstep
