#include "models/catalog/model_catalog.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/ranges.h>

#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::array<std::string_view, 1> kResNetOptions = {"stem"};

constexpr ModelEntry kCatalog[] = {
    {"resnet18", 1, kResNetOptions, ResNetSpec{{2, 2, 2, 2}}},
    {"simple_cnn", 4, {}, SimpleCnnSpec{}},
};

}  // namespace

std::span<const ModelEntry> model_catalog() { return kCatalog; }

const ModelEntry& find_model(std::string_view name) {
  const auto found = std::ranges::find(kCatalog, name, &ModelEntry::name);
  if (found != std::end(kCatalog)) return *found;
  std::vector<std::string_view> names;
  for (const ModelEntry& entry : kCatalog) names.push_back(entry.name);
  fail(ExitCode::usage, "unknown model '{}'; known are: {}", name, fmt::join(names, ", "));
}

void check_input_size(const ModelEntry& model, int height, int width) {
  const int smallest = model.smallest_side;
  check(
      std::min(height, width) >= smallest, ExitCode::usage,
      "the images are {} x {} pixels, and {} needs at least {} x {}: set data.image_size to {} or "
      "more",
      height, width, model.name, smallest, smallest, smallest);
}

}  // namespace lockstep
