#include "sharding/write/pack_writer.h"

#include <algorithm>
#include <optional>

#include "core/error.h"
#include "core/file.h"
#include "core/process/jobs.h"
#include "core/storage/staging.h"
#include "sharding/format/shard_hash.h"
#include "sharding/write/pack_directory.h"
#include "sharding/write/shard_cutter.h"
#include "sharding/write/source_scan.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

PackOptionsRecord recorded_options(const PackSource& source, const PackWriterOptions& options) {
  PackOptionsRecord record = source.options();
  record_image_options(options.image, record);
  record["shard_size"] = std::to_string(options.shard_bytes);
  return record;
}

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
                                               .image = options.image,
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

/// The shards of a new pack in its staging folder, and all that the manifest says of them.
struct NewPack {
  PackManifest manifest;
  SourceScan scan;
};

NewPack write_shards(const PackSource& source, const PackWriterOptions& options,
                     const fs::path& directory) {
  NewPack pack;
  PackManifest& manifest = pack.manifest;
  manifest.encoding = stored_encoding(source.encoding(), options.image);
  manifest.label = source.label_type();
  manifest.classes = source.classes();
  manifest.label_names = source.label_names();
  ShardCutter cutter(manifest, directory, options.shard_bytes);
  pack.scan = scan_source(
      source,
      {.image = options.image, .jobs = resolve_jobs(options.jobs), .progress = options.progress},
      [&](const PackSource::Split& split, const SourceSample& sample) {
        cutter.add(split.name, sample.source, sample);
      });
  manifest.options = recorded_options(source, options);
  manifest.input_digest = pack.scan.digest;
  manifest.rejected = count_rejected(pack.scan.faults);
  manifest.splits = cutter.finish();
  return pack;
}

/// The first fault that took a sample of `split` (and `label`) away, as an example.
std::string example(const SourceScan& scan, const std::string& split, const std::string* label) {
  for (const SourceFault& fault : scan.faults) {
    if (is_rejected(fault.kind) && fault.split == split &&
        (label == nullptr || fault.label == *label)) {
      return fmt::format("'{}': {}", fault.path, reason(fault));
    }
  }
  return "not known";
}

/// Why no pack can be made of what is left; empty where it can.
std::string find_loss(const PackSource& source, const SourceScan& scan) {
  for (std::size_t i = 0; i < scan.good.size(); ++i) {
    const PackSource::Split& split = source.splits()[i];
    if (scan.good[i] > 0) continue;
    return fmt::format("all {} images of the split '{}' are rejected (the first: {})",
                       split.samples, split.name, example(scan, split.name, nullptr));
  }
  const std::string& first = source.splits()[0].name;
  for (std::size_t label = 0; label < scan.first_split_classes.size(); ++label) {
    const ClassCount& count = scan.first_split_classes[label];
    if (first != kTrainSplit || count.good > 0 || count.samples == 0) continue;
    const std::string& name = source.classes()[label];
    return fmt::format("all {} training images of the class '{}' are rejected (the first: {})",
                       count.samples, name, example(scan, first, &name));
  }
  if (scan.statistics.empty()) {
    return "no image that mean and std are computed from can be decoded";
  }
  return {};
}

void write_faults(const fs::path& out, const std::vector<SourceFault>& faults) {
  if (!faults.empty()) replace_file(out / kRejectedFile, faults_to_csv(faults));
}

/// Leaves the list of faults where a pack would have been. An older pack stays, with its own.
void leave_faults_alone(const fs::path& out, const std::vector<SourceFault>& faults) {
  if (fs::exists(out / kPackManifest)) return;
  if (faults.empty()) remove_tree(out / kRejectedFile);
  write_faults(out, faults);
}

PackResult write_new_pack(const PackSource& source, const PackWriterOptions& options,
                          PackDirectory& directory) {
  NewPack pack = write_shards(source, options, directory.staging());
  PackResult result{.outcome = PackOutcome::written, .faults = pack.scan.faults};
  if (options.faults == FaultPolicy::refuse && !result.faults.empty()) {
    leave_faults_alone(options.out, result.faults);
    result.outcome = PackOutcome::refused;
    return result;
  }
  if (const std::string loss = find_loss(source, pack.scan); !loss.empty()) {
    leave_faults_alone(options.out, result.faults);
    throw UnusableSource(ExitCode::data,
                         loss + "; repair them, or take the class or split out of the source",
                         std::move(result.faults));
  }
  pack.manifest.channels = pack.scan.statistics.channels();
  pack.manifest.mean = pack.scan.statistics.mean();
  pack.manifest.std = pack.scan.statistics.std();
  write_faults(directory.staging(), pack.scan.faults);
  std::vector<std::string> others;
  if (!pack.scan.faults.empty()) others.emplace_back(kRejectedFile);
  commit_pack(directory, pack.manifest, std::move(others));
  return result;
}

}  // namespace

bool leave_fault_list(const fs::path& out, const std::vector<SourceFault>& faults) {
  return writing(fmt::format("'{}'", (out / kRejectedFile).string()), [&] {
    check_pack_directory(out);
    const PackDirectory directory(out);  // nobody else is writing there
    if (fs::exists(out / kPackManifest)) return false;
    leave_faults_alone(out, faults);
    return true;
  });
}

PackResult write_pack(const PackSource& source, const PackWriterOptions& options) {
  check(options.shard_bytes > 0, ExitCode::usage, "--shard-size must be at least 1 byte");
  return writing(pack_text(options.out), [&]() -> PackResult {
    check_pack_directory(options.out);
    std::optional<PackDirectory> directory;
    if (has_leftovers(options.out)) directory.emplace(options.out);  // which clears up
    if (is_up_to_date(source, options)) {
      const bool refused =
          options.faults == FaultPolicy::refuse && fs::exists(options.out / kRejectedFile);
      return {.outcome = refused ? PackOutcome::refused : PackOutcome::unchanged, .faults = {}};
    }
    if (!directory) directory.emplace(options.out);
    return write_new_pack(source, options, *directory);
  });
}

}  // namespace lockstep
