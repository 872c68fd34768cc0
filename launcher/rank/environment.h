#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace lockstep {

/// What the bits of a run depend on beside its identity: versions (those of CUDA's libraries where
/// it computes on a GPU), processor or GPU, threads. Stored with every checkpoint. `device` is a
/// name, such as "cpu" or "NVIDIA H100".
nlohmann::json describe_environment(const std::string& device, int threads);

/// What differs between the environment of a checkpoint and the present one, in one line: "threads
/// 1 -> 2, libtorch ..."; null stands for what only one of them has. Empty where nothing differs.
std::string environment_changes(const nlohmann::json& before, const nlohmann::json& now);

}  // namespace lockstep
