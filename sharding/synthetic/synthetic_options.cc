#include "sharding/synthetic/synthetic_options.h"

#include <optional>
#include <string>
#include <vector>

#include <fmt/ranges.h>

#include "core/checked.h"
#include "core/error.h"

namespace lockstep {
namespace {

int number_of_classes(const std::vector<std::string>& classes) {
  if (classes.empty()) return kDefaultSyntheticClasses;
  const std::optional<int> number =
      classes.size() == 1 ? parse_number<int>(classes.front()) : std::nullopt;
  check(number && *number >= kLeastSyntheticClasses && *number <= kMostSyntheticClasses,
        ExitCode::usage,
        "--classes is '{}'; with --synthetic it is the number of classes, {} to {}",
        fmt::join(classes, ","), kLeastSyntheticClasses, kMostSyntheticClasses);
  return *number;
}

}  // namespace

SyntheticOptions synthetic_options(const SourceOptions& options) {
  return {.kind = options.synthetic.value(),
          .samples = options.samples.value_or(kDefaultSyntheticSamples),
          .classes = number_of_classes(options.classes),
          .size = options.size.value_or(kDefaultSyntheticSize),
          .channels = static_cast<int>(options.channels.value_or(SyntheticChannels::rgb)),
          .seed = options.seed};
}

}  // namespace lockstep
