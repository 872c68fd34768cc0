#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lockstep {

/// Which of the committed `steps` (ascending) to delete so that the newest `keep` stay, and `best`
/// wherever it is; ascending. keep 0: none is deleted.
///
/// A run that may go back so many steps (`rollback`) keeps two more: the newest from which it can,
/// and the oldest after that, which takes its place in time.
std::vector<std::int64_t> steps_to_delete(std::span<const std::int64_t> steps, int keep,
                                          std::optional<std::int64_t> best,
                                          std::optional<std::int64_t> rollback = std::nullopt);

}  // namespace lockstep
