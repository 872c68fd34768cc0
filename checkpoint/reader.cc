#include "checkpoint/reader.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "checkpoint/format.h"
#include "checkpoint/state_digest.h"
#include "core/file.h"
#include "core/json_parse.h"

namespace lockstep {
namespace {

/// Opening what is not a regular file may block, or read without end.
void check_is_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::status_known(status)) {
    throw UnreadableFile(ExitCode::storage,
                         message("cannot look at '{}': {}", path, error.message()));
  }
  check(std::filesystem::exists(status), ExitCode::storage, "'{}' is missing", path.string());
  check(std::filesystem::is_regular_file(status), ExitCode::storage, "'{}' is not a file",
        path.string());
}

const FileDigest& digest_of(const Manifest& manifest, std::string_view name) {
  return std::ranges::find(manifest.files, name, &ManifestFile::name)->digest;
}

/// Size and hash of a file, in bounded memory.
void verify_file(const std::filesystem::path& path, const FileDigest& expected) {
  const UniqueFd fd = open_for_reading(path, ExitCode::storage);
  const std::uint64_t size = file_size(fd.get(), path);
  check(size == expected.bytes, ExitCode::storage, "'{}' has {} bytes where {} were written",
        path.string(), size, expected.bytes);
  Hasher hasher;
  read_range(fd.get(), 0, size, path, ExitCode::storage,
             [&](std::span<const std::byte> block) { hasher.update(block); });
  check(hasher.hex() == expected.xxh3_128, ExitCode::storage,
        "'{}' is damaged: its hash is not the one that was recorded when it was written",
        path.string());
}

nlohmann::json read_state(const std::filesystem::path& path, const FileDigest& expected) {
  verify_file(path, expected);
  const std::string text = read_file(path, ExitCode::storage);
  try {
    return parse_json<nlohmann::json>(text, ExitCode::storage);
  } catch (const Error& error) {
    fail(ExitCode::storage, "'{}' cannot be used: {}", path.string(), error.what());
  }
}

SafetensorsFile read_tensors(const std::filesystem::path& directory, const Manifest& manifest,
                             std::string_view name) {
  return SafetensorsFile(directory / name, digest_of(manifest, name));
}

/// What is in a directory; nothing where there is none.
std::vector<std::filesystem::path> list_directory(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  if (!std::filesystem::exists(directory, error) && !error) return paths;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    paths.push_back(entry->path());
  }
  check(!error, ExitCode::storage, "cannot list '{}': {}", directory.string(), error.message());
  return paths;
}

}  // namespace

std::vector<CheckpointEntry> list_checkpoints(const std::filesystem::path& checkpoints) {
  std::vector<CheckpointEntry> entries;
  for (const std::filesystem::path& path : list_directory(checkpoints)) {
    if (const auto step = step_of_directory_name(path.filename().string())) {
      entries.push_back({*step, path});
    }
  }
  std::ranges::sort(entries, {}, &CheckpointEntry::step);
  return entries;
}

bool is_in_use(const std::filesystem::path& directory, std::int64_t step,
               const std::filesystem::path& checkpoints) {
  std::error_code missing;  // then it is another
  return std::filesystem::equivalent(directory, checkpoints / checkpoint_directory_name(step),
                                     missing);
}

std::vector<std::string> list_set_aside(const std::filesystem::path& checkpoints,
                                        std::string_view suffix) {
  std::vector<std::string> names;
  for (const std::filesystem::path& path : list_directory(checkpoints)) {
    const std::string name = path.filename().string();
    if (name.find(suffix) != std::string::npos) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

void check_nothing_was_lost(const std::filesystem::path& checkpoints) {
  constexpr const char* kAnew = "choose another run.dir to start anew (or move these away)";
  check(list_set_aside(checkpoints, kSupersededSuffix).empty(), ExitCode::storage,
        "no checkpoint is in use in '{}': those of the run are set aside as ….superseded; go on "
        "from one of them with --resume PATH, or {}",
        checkpoints.string(), kAnew);
  check(list_set_aside(checkpoints, kCorruptSuffix).empty(), ExitCode::storage,
        "no usable checkpoint is left in '{}': what the run had did not verify and is now named "
        "….corrupt; {}, or go back to another checkpoint with --resume PATH",
        checkpoints.string(), kAnew);
}

Manifest read_manifest(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / kManifestFile;
  check_is_file(path);
  return decode_manifest(read_file(path, ExitCode::storage), path);
}

LoadedCheckpoint load_checkpoint(const std::filesystem::path& directory) {
  Manifest manifest = read_manifest(directory);
  const auto named_step = step_of_directory_name(directory.filename().string());
  check(named_step.value_or(manifest.step) == manifest.step, ExitCode::storage,
        "'{}' holds step {}: was the directory renamed?", directory.string(), manifest.step);
  return load_checkpoint(directory, manifest);
}

LoadedCheckpoint load_checkpoint(const std::filesystem::path& directory,
                                 const CheckpointCheck& check) {
  LoadedCheckpoint loaded = load_checkpoint(directory);
  if (check) check(loaded);
  return loaded;
}

LoadedCheckpoint load_checkpoint(const std::filesystem::path& directory, const Manifest& manifest) {
  for (const ManifestFile& file : manifest.files) {
    const std::filesystem::path path = directory / file.name;
    check_is_file(path);
    const std::array<std::string_view, 3> read_below = {kModelFile, kOptimizerFile, kStateFile};
    if (std::ranges::count(read_below, file.name) == 0) verify_file(path, file.digest);
  }
  LoadedCheckpoint loaded = {directory, manifest, read_tensors(directory, manifest, kModelFile),
                             read_tensors(directory, manifest, kOptimizerFile),
                             read_state(directory / kStateFile, digest_of(manifest, kStateFile))};
  const std::string digest = state_digest(loaded.model.tensors(), loaded.optimizer.tensors());
  check(digest == manifest.state_digest, ExitCode::storage,
        "the tensors in '{}' have the digest {} where its manifest says {}", directory.string(),
        digest, manifest.state_digest);
  return loaded;
}

}  // namespace lockstep
