#include "launcher/report/label_text.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lockstep {

std::string label_text(LabelKind kind, std::span<const std::string> names, std::int64_t label,
                       std::span<const float> targets) {
  if (kind == LabelKind::none) return {};
  if (kind == LabelKind::int64) {
    const auto number = static_cast<std::size_t>(label);
    return number < names.size() ? names[number] : std::to_string(label);
  }
  if (kind == LabelKind::float32 && targets.size() == 1) return fmt::format("{:.4g}", targets[0]);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (kind == LabelKind::float32) parts.push_back(fmt::format("{} {:.4g}", names[i], targets[i]));
    if (kind == LabelKind::uint8 && targets[i] != 0) parts.push_back(names[i]);
  }
  return parts.empty() ? "no flag" : fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace lockstep
