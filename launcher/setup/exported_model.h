#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "checkpoint/snapshot.h"
#include "core/storage/safetensors.h"
#include "launcher/config/config.h"
#include "models/weights/tensor_names.h"
#include "trainer/lane/input_spec.h"
#include "trainer/task/task_spec.h"
#include "trainer/tensor_io.h"

namespace lockstep {

/// The key of an exported file's `__metadata__` under which all that is needed to use it stands, as
/// JSON (docs/weights.md).
inline constexpr const char* kExportedKey = "lockstep";

/// What an exported file says of its model.
struct ExportedModel {
  Config config;  ///< the run's
  InputSpec input;
  TaskSpec task;
  std::string state_digest;  ///< of the checkpoint that it was made of
  bool of_average = false;   ///< its weights are the average of that checkpoint's
};

/// What the `__metadata__` of an exported file says. Throws Error(data) where they are not those of
/// an exported file, or damaged.
ExportedModel read_export_metadata(const std::map<std::string, std::string>& metadata,
                                   const std::filesystem::path& path);

/// How a model is exported.
struct ExportOptions {
  NameStyle names = NameStyle::torchvision;
  DType dtype = DType::f32;  ///< of its floats
  WeightsOf whose = WeightsOf::model;
};

/// Writes the model of `checkpoint` to `path`, whole or not at all. Throws Error(usage) where the
/// style does not have the network or the checkpoint no average, Error(storage) where it cannot be
/// written.
FileDigest export_model(const LoadedCheckpoint& checkpoint, const ExportOptions& options,
                        const std::filesystem::path& path);

}  // namespace lockstep
