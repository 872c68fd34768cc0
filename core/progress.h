#pragma once

#include <cstdint>
#include <functional>

namespace lockstep {

/// Told how far a long task is: what is done, of how much. Called on the thread that the task was
/// started on; may be empty.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

}  // namespace lockstep
