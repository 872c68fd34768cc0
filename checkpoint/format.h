#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

// What the writer and the readers of a checkpoint share. The format is described in
// docs/checkpoint-format.md.

inline constexpr std::string_view kCheckpointFormat = "lockstep-checkpoint";
inline constexpr int kCheckpointVersion = 2;

/// The most steps of a run. JSON readers hold whole numbers up to here exactly.
inline constexpr std::int64_t kMostSteps = std::int64_t{1} << 53;

/// Where a run directory keeps its checkpoints.
inline constexpr std::string_view kCheckpointsDirectory = "checkpoints";

/// The files of a checkpoint directory. The manifest is written last and lists the others.
inline constexpr std::string_view kModelFile = "model.safetensors";
inline constexpr std::string_view kOptimizerFile = "optimizer.safetensors";
inline constexpr std::string_view kStateFile = "state.json";
inline constexpr std::string_view kManifestFile = "manifest.json";

/// Names that no reader looks at, before the checkpoint's own: being written; set aside while a new
/// one of the same step takes its place; being deleted.
inline constexpr std::string_view kStagingPrefix = ".staging-";
inline constexpr std::string_view kReplacedPrefix = ".replaced-";
inline constexpr std::string_view kDeletedPrefix = ".deleted-";

/// Behind the name of a checkpoint that was set aside for people to look at: it did not verify; the
/// run went back to an earlier one.
inline constexpr std::string_view kCorruptSuffix = ".corrupt";
inline constexpr std::string_view kSupersededSuffix = ".superseded";

/// "step_00000100"; longer numbers take the digits that they need.
std::string checkpoint_directory_name(std::int64_t step);

/// The step in a name that checkpoint_directory_name gives; std::nullopt for every other name.
std::optional<std::int64_t> step_of_directory_name(std::string_view name);

}  // namespace lockstep
