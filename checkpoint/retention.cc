#include "checkpoint/retention.h"

#include <algorithm>

namespace lockstep {

std::vector<std::int64_t> steps_to_delete(std::span<const std::int64_t> steps, int keep,
                                          std::optional<std::int64_t> best,
                                          std::optional<std::int64_t> rollback) {
  std::vector<std::int64_t> result;
  if (keep <= 0 || steps.size() <= static_cast<std::size_t>(keep)) return result;
  const auto old = steps.first(steps.size() - static_cast<std::size_t>(keep));
  std::span<const std::int64_t> to_go_back_to;
  if (rollback) {
    const auto next = std::ranges::upper_bound(old, steps.back() - *rollback);
    const auto first = next == old.begin() ? next : next - 1;
    to_go_back_to = {first, next == old.end() ? next : next + 1};
  }
  for (const std::int64_t step : old) {
    if (step != best && std::ranges::find(to_go_back_to, step) == to_go_back_to.end()) {
      result.push_back(step);
    }
  }
  return result;
}

}  // namespace lockstep
