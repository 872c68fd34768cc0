#include "checkpoint/writer.h"

#include <system_error>
#include <vector>

#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "core/file.h"
#include "core/storage/new_file.h"
#include "core/storage/staging.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// Room beyond the tensors: the manifest, blocks that are not full, the file system's own records.
constexpr std::uint64_t reserved_bytes = 1 << 20;

/// `path` with `prefix` before its last name.
fs::path prefixed(const fs::path& path, std::string_view prefix) {
  return path.parent_path() / fmt::format("{}{}", prefix, path.filename().string());
}

fs::path staging_of(const fs::path& checkpoints, std::int64_t step) {
  return prefixed(checkpoints / checkpoint_directory_name(step), kStagingPrefix);
}

void check_room(const fs::path& checkpoints, const Snapshot& snapshot, std::uint64_t needed) {
  const std::uint64_t free = free_bytes(checkpoints);
  check(free >= needed, ExitCode::storage,
        "disk full: the checkpoint of step {} needs {} bytes, and '{}' has {} left; free some "
        "space, then start again",
        snapshot.step, needed, checkpoints.string(), free);
}

/// Its name is made durable by the rename of publish_checkpoint.
void make_staging(const fs::path& directory) {
  std::error_code error;
  fs::create_directory(directory, error);
  check(!error, ExitCode::storage, "cannot create the directory '{}': {}", directory.string(),
        error.message());
}

/// Whether the checkpoint in `directory` would continue as `manifest`'s would. What is only
/// recorded (environment, metrics) may differ.
bool is_whole_and_equal(const fs::path& directory, const Manifest& manifest) {
  try {
    const Manifest there = read_manifest(directory);
    if (there.state_digest != manifest.state_digest || there.files != manifest.files ||
        there.config != manifest.config || there.pack_fingerprint != manifest.pack_fingerprint) {
      return false;
    }
    load_checkpoint(directory);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

Manifest stage_checkpoint(const fs::path& checkpoints, const Snapshot& snapshot,
                          const std::string& digest) {
  // PyTorch and its libraries read this entry to know whose tensors these are.
  const std::map<std::string, std::string> model_metadata = {{"format", "pt"}};
  const std::string state =
      snapshot.state.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
  const fs::path staging = staging_of(checkpoints, snapshot.step);
  remove_tree(staging);
  check_room(checkpoints, snapshot,
             safetensors_bytes(snapshot.model, model_metadata) +
                 safetensors_bytes(snapshot.optimizer) + state.size() + reserved_bytes);

  RemovedOnFailure guard(staging);
  make_staging(staging);
  Manifest manifest;
  const auto add = [&](std::string_view name, FileDigest written) {
    manifest.files.push_back({std::string(name), std::move(written)});
  };
  add(kModelFile, write_safetensors(staging / kModelFile, snapshot.model, model_metadata));
  add(kOptimizerFile, write_safetensors(staging / kOptimizerFile, snapshot.optimizer));
  add(kStateFile, write_file(staging / kStateFile, state));
  guard.succeed();

  manifest.step = snapshot.step;
  manifest.state_digest = digest;
  manifest.config = snapshot.config;
  manifest.pack_fingerprint = snapshot.pack_fingerprint;
  manifest.environment = snapshot.environment;
  manifest.metrics = snapshot.metrics;
  manifest.best = snapshot.best;
  return manifest;
}

void publish_checkpoint(const fs::path& checkpoints, const Manifest& manifest) {
  const fs::path directory = checkpoints / checkpoint_directory_name(manifest.step);
  const fs::path staging = staging_of(checkpoints, manifest.step);
  const fs::path replaced = prefixed(directory, kReplacedPrefix);
  RemovedOnFailure guard(staging);
  write_file(staging / kManifestFile, encode_manifest(manifest));
  sync_directory(staging);
  const bool exists = fs::exists(directory);
  if (exists && is_whole_and_equal(directory, manifest))
    return;  // the guard removes the staging directory

  // No system call replaces a directory that has files; recover_checkpoints() repairs what a kill
  // between these two leaves.
  std::vector<Rename> renames;
  if (exists) renames.push_back({directory, replaced});
  renames.push_back({staging, directory});
  rename_together(renames, checkpoints);
  guard.succeed();
  std::error_code ignored;  // the checkpoint is there: the next start removes what stays of this
  if (exists) fs::remove_all(replaced, ignored);
}

void discard_staged(const fs::path& checkpoints, std::int64_t step) {
  remove_tree(staging_of(checkpoints, step));
}

void delete_checkpoint(const fs::path& directory) {
  const fs::path deleted = prefixed(directory, kDeletedPrefix);
  remove_tree(deleted);
  rename_durably(directory, deleted);
  remove_tree(deleted);
}

fs::path set_aside(const fs::path& directory, std::string_view suffix) {
  fs::path aside = fmt::format("{}{}", directory.string(), suffix);
  for (int number = 2; fs::exists(aside); ++number) {
    aside = fmt::format("{}{}.{}", directory.string(), suffix, number);
  }
  rename_durably(directory, aside);
  return aside;
}

void recover_checkpoints(const fs::path& checkpoints) {
  std::error_code error;
  std::vector<fs::path> paths;
  fs::directory_iterator entry(checkpoints, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    paths.push_back(entry->path());
  }
  check(!error, ExitCode::storage, "cannot list '{}': {}", checkpoints.string(), error.message());
  for (const fs::path& path : paths) {
    const std::string name = path.filename().string();
    if (name.starts_with(kStagingPrefix) || name.starts_with(kDeletedPrefix)) remove_tree(path);
    if (name.starts_with(kReplacedPrefix)) {
      const fs::path original = checkpoints / name.substr(kReplacedPrefix.size());
      if (fs::exists(original)) {
        remove_tree(path);
      } else {
        rename_durably(path, original);
      }
    }
  }
}

}  // namespace lockstep
