#include "checkpoint/retention.h"

namespace lockstep {

std::vector<std::int64_t> steps_to_delete(std::span<const std::int64_t> steps, int keep,
                                          std::optional<std::int64_t> best) {
  std::vector<std::int64_t> result;
  if (keep <= 0 || steps.size() <= static_cast<std::size_t>(keep)) return result;
  for (const std::int64_t step : steps.first(steps.size() - static_cast<std::size_t>(keep))) {
    if (step != best) result.push_back(step);
  }
  return result;
}

}  // namespace lockstep
