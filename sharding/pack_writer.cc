#include "sharding/pack_writer.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "core/error.h"
#include "core/file.h"
#include "sharding/shard_hash.h"
#include "sharding/shard_spool.h"
#include "sharding/source_scan.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockFile = "lock";
constexpr std::string_view kSpoolFile = "spool";

int resolve_jobs(int jobs) {
  return jobs > 0 ? jobs : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

PackOptionsRecord recorded_options(const PackSource& source, const PackWriterOptions& options) {
  PackOptionsRecord record = source.options();
  record["shard_size"] = std::to_string(options.shard_bytes);
  return record;
}

/// "train-00000.h5": five digits or more.
bool is_shard_name(std::string_view name) {
  if (!name.ends_with(".h5")) return false;
  name.remove_suffix(3);
  const std::size_t dash = name.rfind('-');
  return dash != std::string_view::npos && dash > 0 && name.size() - dash > 5 &&
         name.find_first_not_of("0123456789", dash + 1) == std::string_view::npos;
}

// ---- the directory before and after

/// Files of the directory that belong to no pack are a reason not to touch it. Shards alone,
/// without a manifest and without the staging folder of an interrupted `pack`, may be anybody's.
void check_directory(const fs::path& out) {
  if (!fs::exists(out)) return;
  check(fs::is_directory(out), ExitCode::usage, "'{}' is there and is no directory", out.string());
  const bool ours = fs::exists(out / kPackManifest) || fs::exists(out / kPackStaging);
  for (const fs::directory_entry& entry : fs::directory_iterator(out)) {
    const std::string name = entry.path().filename();
    const bool known = name == kPackManifest || name == kPackStaging ||
                       name == fmt::format(".{}.new", kPackManifest) || is_shard_name(name);
    check(ours && known, ExitCode::usage,
          "'{}' holds '{}', which is no part of a pack; give --out a directory of its own",
          out.string(), name);
  }
}

void remove_shards(const fs::path& out) {
  for (const fs::directory_entry& entry : fs::directory_iterator(out)) {
    if (is_shard_name(entry.path().filename().string())) fs::remove(entry.path());
  }
}

/// The folder that a pack is made in; gone at the end, however that comes about. Held by one
/// process at a time.
class Staging {
 public:
  explicit Staging(const fs::path& out) : path_(out / kPackStaging) {
    make_directories(path_);
    lock_ = FileLock::try_acquire(path_ / kLockFile, fmt::format("process {}", ::getpid()));
    check(lock_.has_value(), ExitCode::usage, "another `lockstep pack` is writing '{}' ({})",
          out.string(), FileLock::holder(path_ / kLockFile));
    for (const fs::directory_entry& entry : fs::directory_iterator(path_)) {
      if (entry.path().filename() != kLockFile) fs::remove_all(entry.path());
    }
  }
  ~Staging() {
    std::error_code ignored;
    if (lock_) fs::remove_all(path_, ignored);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  std::optional<FileLock> lock_;
};

// ---- a pack that is there already

/// What is wrong with the finished pack in `out`; empty where it is whole.
std::string find_damage(const fs::path& out) {
  try {
    const PackManifest manifest = read_pack_manifest(out);
    for (const SplitInfo& split : manifest.splits) {
      for (const ShardInfo& shard : split.shards) {
        const fs::path path = out / shard.file;
        if (hash_shard(path, shard).file != shard.hash || fs::file_size(path) != shard.size) {
          return fmt::format("'{}' is damaged", path.string());
        }
      }
    }
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

/// How the finished pack differs from what would be made now; empty where it does not.
std::string find_difference(const PackSource& source, const PackWriterOptions& options) {
  if (std::string damage = find_damage(options.out); !damage.empty()) return damage;
  const PackManifest manifest = read_pack_manifest(options.out);
  if (manifest.options != recorded_options(source, options)) return "made with other options";
  const SourceScan scan = scan_source(source, {.depth = ScanOptions::Depth::digest,
                                               .jobs = resolve_jobs(options.jobs),
                                               .progress = options.progress});
  return manifest.input_digest == scan.digest ? "" : "made from other images or labels";
}

/// True where a finished pack may stay. Throws Error(usage) where it is another one.
bool is_up_to_date(const PackSource& source, const PackWriterOptions& options) {
  if (options.existing == ExistingPack::replace || !fs::exists(options.out / kPackManifest)) {
    return false;
  }
  const std::string difference = find_difference(source, options);
  check(difference.empty(), ExitCode::usage,
        "'{}' holds a pack already ({}); --force replaces it, or give another --out",
        options.out.string(), difference);
  return true;
}

// ---- a new one

/// Cuts the samples of a source into shards.
class ShardCutter {
 public:
  ShardCutter(const PackSource& source, fs::path directory, std::uint64_t shard_bytes)
      : directory_(std::move(directory)),
        shard_bytes_(shard_bytes),
        spool_(directory_ / kSpoolFile, source.encoding(), source.label_type(), source.classes()) {}

  void add(const PackSource::Split& split, const SourceSample& sample) {
    const bool new_split = splits_.empty() || splits_.back().name != split.name;
    if (new_split || spool_.bytes() + sample.record.size > shard_bytes_) close_shard();
    if (new_split) splits_.push_back({.name = split.name, .samples = 0, .shards = {}});
    spool_.add(sample.source, sample);
  }

  std::vector<SplitInfo> finish() {
    close_shard();
    return std::move(splits_);
  }

 private:
  void close_shard() {
    if (spool_.empty()) return;
    SplitInfo& split = splits_.back();
    const std::string name = shard_file_name(split.name, split.shards.size());
    split.shards.push_back(spool_.write_shard(directory_, name));
    split.samples += split.shards.back().samples;
  }

  fs::path directory_;
  std::uint64_t shard_bytes_;
  ShardSpool spool_;
  std::vector<SplitInfo> splits_;
};

PackManifest write_shards(const PackSource& source, const PackWriterOptions& options,
                          const fs::path& directory) {
  ShardCutter cutter(source, directory, options.shard_bytes);
  const SourceScan scan =
      scan_source(source, {.jobs = resolve_jobs(options.jobs), .progress = options.progress},
                  [&](const PackSource::Split& split, const SourceSample& sample) {
                    cutter.add(split, sample);
                  });
  PackManifest manifest;
  manifest.encoding = source.encoding();
  manifest.label = source.label_type();
  manifest.classes = source.classes();
  manifest.channels = scan.statistics.channels();
  manifest.mean = scan.statistics.mean();
  manifest.std = scan.statistics.std();
  manifest.options = recorded_options(source, options);
  manifest.input_digest = scan.digest;
  manifest.splits = cutter.finish();
  return manifest;
}

/// Moves the shards out of staging and writes pack.json. Until that is written the directory is no
/// pack.
void commit(const fs::path& staging, const fs::path& out, PackManifest& manifest) {
  if (fs::remove(out / kPackManifest)) sync_directory(out);
  remove_shards(out);
  try {
    for (const SplitInfo& split : manifest.splits) {
      for (const ShardInfo& shard : split.shards) {
        fs::rename(staging / shard.file, out / shard.file);
      }
    }
    sync_directory(out);
    write_pack_manifest(out, manifest);
  } catch (...) {
    remove_shards(out);
    throw;
  }
}

}  // namespace

PackOutcome write_pack(const PackSource& source, const PackWriterOptions& options) {
  check(options.shard_bytes > 0, ExitCode::usage, "--shard-size must be at least 1 byte");
  try {
    check_directory(options.out);
    const bool up_to_date = is_up_to_date(source, options);
    if (up_to_date && !fs::exists(options.out / kPackStaging)) return PackOutcome::unchanged;
    const Staging staging(options.out);
    if (up_to_date)
      return PackOutcome::unchanged;  // what a `pack` killed at its very end left is gone
    PackManifest manifest = write_shards(source, options, staging.path());
    commit(staging.path(), options.out, manifest);
  } catch (const fs::filesystem_error& error) {
    fail(ExitCode::storage, "cannot write the pack '{}': {}", options.out.string(), error.what());
  }
  return PackOutcome::written;
}

}  // namespace lockstep
