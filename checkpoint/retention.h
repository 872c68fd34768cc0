#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lockstep {

/// Which of the committed `steps` (ascending) to delete so that the newest `keep` stay, and `best`
/// wherever it is; ascending. keep 0: none is deleted.
std::vector<std::int64_t> steps_to_delete(std::span<const std::int64_t> steps, int keep,
                                          std::optional<std::int64_t> best);

}  // namespace lockstep
