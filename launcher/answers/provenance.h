#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/hash.h"

namespace lockstep {

/// A model that made a table.
struct ModelOrigin {
  std::filesystem::path path = {};  ///< of a checkpoint, a run (several checkpoints) or a file
  std::string kind = {};            ///< "checkpoint", "checkpoints" or "weights"
  std::int64_t step = 0;            ///< of a checkpoint
  std::string digest = {};          ///< of its state, or the hash of the file
  std::filesystem::path pack = {};  ///< that it was trained on; empty: not known
  std::string pack_fingerprint = {};
};

/// Of which images.
struct ImagesOrigin {
  std::filesystem::path pack;  ///< empty: files
  std::string fingerprint;
  std::string split;
  std::vector<std::filesystem::path> inputs;  ///< as they were given
};

/// Where a table of predictions comes from. Relative paths are from the table's folder.
struct Provenance {
  FileDigest table = {};
  std::uint64_t rows = 0;
  std::uint64_t unanswered = 0;
  std::string version = {};  ///< of lockstep
  std::map<std::string, std::string> options = {};
  ModelOrigin model = {};
  std::vector<ModelOrigin> ensemble = {};  ///< further models, whose answers are averaged
  ImagesOrigin images = {};
};

/// `table`.provenance.json.
std::filesystem::path provenance_file(const std::filesystem::path& table);

/// `path`, as it was given where it is absolute, else from the folder of `table`.
std::filesystem::path from_table(const std::filesystem::path& path,
                                 const std::filesystem::path& table);

/// Puts it beside `table`, whole or not at all. Throws Error(storage).
void write_provenance(const Provenance& provenance, const std::filesystem::path& table);

/// Trusts nothing. Throws Error(data) where it is missing, damaged or of another version.
Provenance read_provenance(const std::filesystem::path& table);

}  // namespace lockstep
