#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/storage/safetensors.h"

namespace lockstep {

/// Between which steps a run is replayed; `from` 0 is its beginning.
struct ProofRange {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

/// Of a run with checkpoints of `steps` (ascending), as asked for: by default between the newest
/// two. Throws Error(usage) where there are none of these.
ProofRange choose_proof_range(std::span<const std::int64_t> steps, std::optional<std::int64_t> from,
                              std::optional<std::int64_t> to);

/// The names of the tensors that are not the same in both, sorted.
std::vector<std::string> different_tensors(std::span<const TensorView> recorded,
                                           std::span<const TensorView> replayed);

/// The fields of two states of a run, at the same step, that differ: its place in the data, the
/// rate, the sums and the metrics of all epochs. What only says how often something was logged or
/// saved is not looked at.
std::vector<std::string> different_fields(const nlohmann::json& recorded,
                                          const nlohmann::json& replayed);

/// What a replay has come to.
struct Proof {
  ProofRange range;
  std::filesystem::path checkpoint;  ///< of `range.to`
  std::int64_t replayed_to = 0;      ///< where the replay ended
  std::string recorded_digest, replayed_digest;
  std::vector<std::string> tensors;  ///< that differ
  std::vector<std::string> fields;   ///< likewise
  std::string environment_changes;   ///< from the checkpoint's to this one; empty: none
  int ranks = 1;
  std::size_t rollbacks = 0;  ///< that the replay came to as well

  bool holds() const { return recorded_digest == replayed_digest && fields.empty(); }
};

/// For people, lines ended.
std::string to_text(const Proof& proof);
nlohmann::json to_json(const Proof& proof);

}  // namespace lockstep
