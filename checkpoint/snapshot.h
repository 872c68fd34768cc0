#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "checkpoint/manifest.h"
#include "core/storage/safetensors.h"

namespace lockstep {

/// All that a run is at the end of a step, as it is handed to a CheckpointStore. The tensors' bytes
/// belong to the caller, and stay as they are until the commit returns.
struct Snapshot {
  std::int64_t step = 0;
  std::vector<TensorView> model;      ///< parameters and buffers
  std::vector<TensorView> optimizer;  ///< its names are independent of the model's
  nlohmann::json state =
      nlohmann::json::object();  ///< state.json; numbers that are not finite become null
  std::string config;            ///< resolved, as text
  std::string pack_fingerprint;
  nlohmann::json environment = nlohmann::json::object();
  std::map<std::string, double> metrics;  ///< of this step, for `lockstep checkpoints`
  std::optional<BestCheckpoint> best;     ///< this step's included; its checkpoint is not deleted
};

/// A checkpoint in memory, all of it verified.
struct LoadedCheckpoint {
  std::filesystem::path directory;
  Manifest manifest;
  SafetensorsFile model;
  SafetensorsFile optimizer;
  nlohmann::json state;
};

}  // namespace lockstep
