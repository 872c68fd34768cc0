#include "sharding/write/pack_directory.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "core/error.h"
#include "core/storage/new_file.h"
#include "core/storage/staging.h"
#include "sharding/source/source_fault.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockFile = "lock";

/// "train-00000.h5": five digits or more.
bool is_shard_name(std::string_view name) {
  if (!name.ends_with(".h5")) return false;
  name.remove_suffix(3);
  const std::size_t dash = name.rfind('-');
  return dash != std::string_view::npos && dash > 0 && name.size() - dash > 5 &&
         name.find_first_not_of("0123456789", dash + 1) == std::string_view::npos;
}

/// What replace_file() calls a file that it has not finished.
std::string new_file_name(std::string_view name) { return fmt::format(".{}.new", name); }

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  if (!fs::exists(directory)) return names;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

/// What belongs to a pack, the manifest first: without it the others are no pack.
std::vector<std::string> parts_in(const fs::path& directory) {
  std::vector<std::string> parts;
  for (const std::string& name : names_in(directory)) {
    if (name == kPackManifest) parts.insert(parts.begin(), name);
    if (name == kRejectedFile || is_shard_name(name)) parts.push_back(name);
  }
  return parts;
}

/// False where a part of the pack in `directory`, which has its manifest, is not there.
bool has_all_shards(const fs::path& directory) {
  for (const SplitInfo& split : read_pack_manifest(directory).splits) {
    for (const ShardInfo& shard : split.shards) {
      if (!fs::exists(directory / shard.file)) return false;
    }
  }
  return true;
}

/// After a replacement that was killed, or could not be undone: puts the older pack back, which is
/// in kPackReplaced, the manifest last. Parts of the new one come only when all of the older are
/// there, and are gone before the first of the older comes back: so both are never mixed.
void restore_older_pack(const fs::path& path) {
  const fs::path replaced = path / kPackReplaced;
  std::vector<Rename> renames;
  for (const std::string& name : parts_in(replaced)) {
    renames.push_back({replaced / name, path / name});
  }
  if (renames.empty() || renames.front().to.filename() != kPackManifest) return;
  if (has_all_shards(replaced)) {
    for (const std::string& name : parts_in(path)) remove_tree(path / name);
  }
  std::ranges::rotate(renames, renames.begin() + 1);
  rename_together(renames, path);
}

/// Brings the directory back to a pack or nothing, but for the staging folder.
void recover(const fs::path& path) {
  if (!fs::exists(path / kPackManifest)) restore_older_pack(path);
  if (!fs::exists(path / kPackManifest)) {
    for (const std::string& name : parts_in(path)) {
      if (is_shard_name(name)) remove_tree(path / name);
    }
  }
  for (const std::string_view name : {kPackManifest, kRejectedFile}) {
    remove_tree(path / new_file_name(name));
  }
  // The last, since it says that there is something to do.
  if (!fs::exists(path / kPackReplaced)) return;
  sync_directory(path);
  remove_tree(path / kPackReplaced);
}

}  // namespace

PackDirectory::PackDirectory(fs::path path)
    : path_(std::move(path)), staging_(path_ / kPackStaging) {
  make_directories(staging_);
  lock_ = FileLock::try_acquire(staging_ / kLockFile, fmt::format("process {}", ::getpid()));
  check(lock_.has_value(), ExitCode::usage, "another lockstep is writing '{}' ({})", path_.string(),
        FileLock::holder(staging_ / kLockFile));
  recover(path_);
  for (const std::string& name : names_in(staging_)) {
    if (name != kLockFile) remove_tree(staging_ / name);
  }
}

PackDirectory::~PackDirectory() {
  std::error_code ignored;
  if (lock_) fs::remove_all(staging_, ignored);
}

void PackDirectory::commit(const std::vector<std::string>& names) {
  const fs::path replaced = path_ / kPackReplaced;
  sync_directory(staging_);
  make_directories(replaced);
  std::vector<Rename> renames;
  for (const std::string& name : parts_in(path_))
    renames.push_back({path_ / name, replaced / name});
  for (const std::string& name : names) renames.push_back({staging_ / name, path_ / name});
  std::error_code ignored;  // the next `pack` removes what stays
  try {
    rename_together(renames, path_);
  } catch (const HalfRenamed& error) {
    fail(error.code(), "{}; give the same command again: it {}", error.what(),
         fs::exists(replaced / kPackManifest, ignored) ? "puts the older pack back first"
                                                       : "clears up first");
  } catch (const Error&) {
    fs::remove(replaced, ignored);
    throw;
  }
  fs::remove_all(replaced, ignored);
}

void commit_pack(PackDirectory& directory, PackManifest& manifest,
                 std::vector<std::string> others) {
  const fs::path& staging = directory.staging();
  write_pack_manifest(staging, manifest);
  try {
    drop_from_cache(staging / kPackManifest);
    check_read_back(staging / kPackManifest,
                    read_pack_manifest(staging).fingerprint == manifest.fingerprint);
  } catch (const Error& error) {
    fail(ExitCode::storage, "{}", error.what());
  }
  std::vector<std::string> names;
  for (const SplitInfo& split : manifest.splits) {
    for (const ShardInfo& shard : split.shards) names.push_back(shard.file);
  }
  std::ranges::move(others, std::back_inserter(names));
  names.emplace_back(kPackManifest);  // which makes it a pack
  directory.commit(names);
}

void check_pack_directory(const fs::path& path) {
  if (!fs::exists(path)) return;
  check(fs::is_directory(path), ExitCode::usage, "'{}' exists and is not a directory",
        path.string());
  const bool ours = fs::exists(path / kPackManifest) || has_leftovers(path) ||
                    is_rejected_file(path / kRejectedFile);
  for (const std::string& name : names_in(path)) {
    const bool known = name == kPackManifest || name == kPackStaging || name == kPackReplaced ||
                       name == kRejectedFile || name == new_file_name(kPackManifest) ||
                       name == new_file_name(kRejectedFile) || is_shard_name(name);
    check(ours && known, ExitCode::usage,
          "'{}' holds '{}', which is not part of a pack; give --out a directory of its own",
          path.string(), name);
  }
}

void check_outside_packs(const fs::path& path) {
  const fs::path other = find_pack_around(path);
  check(other.empty(), ExitCode::usage,
        "--out '{}' lies in the pack '{}', whose directory is the pack's alone; give it a place "
        "outside",
        path.string(), other.string());
}

bool has_leftovers(const fs::path& path) {
  return fs::exists(path / kPackStaging) || fs::exists(path / kPackReplaced);
}

}  // namespace lockstep
