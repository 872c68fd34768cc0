#include "core/suggest.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace lockstep {
namespace {

std::string_view last_component(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

/// A typing error changes little of a word.
int tolerated_distance(std::string_view given) {
  return given.size() < 4 ? 1 : given.size() < 8 ? 2 : 3;
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table: swaps look two rows back.
  std::vector<int> before(b.size() + 1), previous(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, previous);
    std::swap(previous, row);
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, previous[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

std::string did_you_mean(std::string_view given, std::span<const std::string> known) {
  std::string_view best;
  int best_distance = tolerated_distance(given) + 1;
  for (const std::string& candidate : known) {
    const int distance = edit_distance(given, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  if (best.empty()) {
    // The right name under the wrong section: train.lr for optimizer.lr.
    for (const std::string& candidate : known) {
      if (last_component(candidate) == last_component(given)) best = candidate;
    }
  }
  return best.empty() ? std::string{} : fmt::format("; did you mean '{}'?", best);
}

}  // namespace lockstep
