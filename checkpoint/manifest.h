#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/hash.h"

namespace lockstep {

/// One file of a checkpoint, as it must be found.
struct ManifestFile {
  std::string name;  ///< in the checkpoint's directory: no path
  FileDigest digest;

  bool operator==(const ManifestFile&) const = default;
};

/// The checkpoint that had the best value so far of the metric that the run is judged by.
struct BestCheckpoint {
  std::string metric;  ///< "valid/accuracy"
  double value = 0;
  std::int64_t step = 0;

  bool operator==(const BestCheckpoint&) const = default;
};

/// manifest.json: what makes a directory a checkpoint.
struct Manifest {
  std::int64_t step = 0;
  std::string state_digest;         ///< of all tensors, see state_digest.h
  std::vector<ManifestFile> files;  ///< every file but the manifest
  std::string config;               ///< the run's resolved config, as text
  std::string pack_fingerprint;
  nlohmann::json environment =
      nlohmann::json::object();  ///< device, versions, threads: recorded, not identity
  std::map<std::string, double>
      metrics;  ///< at this step; one that is not finite comes back as NaN
  std::optional<BestCheckpoint> best;

  bool operator==(const Manifest&) const = default;
};

/// A checkpoint that is whole, but of a format that this program does not know. Unlike a damaged
/// one it is not set aside.
class UnsupportedCheckpoint : public Error {
 public:
  explicit UnsupportedCheckpoint(const std::string& message) : Error(ExitCode::storage, message) {}
};

/// Bytes on disk of the checkpoint: its files and the manifest itself.
std::uint64_t bytes_on_disk(const Manifest& manifest);

/// The text of manifest.json; its last line but one is the hash of all bytes before that line.
std::string encode_manifest(const Manifest& manifest);

/// Trusts nothing: the hash, the fields' types, and that file names are plain names. `origin` names
/// the file in messages. Throws Error(storage), and UnsupportedCheckpoint for another version.
Manifest decode_manifest(std::string_view text, const std::filesystem::path& origin);

}  // namespace lockstep
