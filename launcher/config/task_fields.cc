#include "launcher/config/config_fields.h"
#include "launcher/config/field_types.h"

namespace lockstep {

using namespace fields;

namespace {

constexpr Interval exponent{0, 100, true, true};
constexpr Interval delta{0, kMostDelta, false, true};

/// An option of some losses, which the key task.loss names.
ConfigField of_losses(std::vector<LossKind> kinds, ConfigField field) {
  const auto takes = [kinds = std::move(kinds)](const Config& config) {
    return config.task.loss && std::ranges::find(kinds, *config.task.loss) != kinds.end();
  };
  return depending("task.loss", takes, std::move(field));
}

}  // namespace

std::vector<ConfigField> task_fields() {
  return {
      choice_or_auto("task.name", identity, at(&Config::task, &TaskOptions::name)),
      choice_or_auto("task.loss", identity, at(&Config::task, &TaskOptions::loss)),
      real("task.label_smoothing", identity, at(&Config::task, &TaskOptions::label_smoothing),
           below_one),
      of_losses({LossKind::focal}, real("task.focal_gamma", identity,
                                        at(&Config::task, &TaskOptions::focal_gamma), exponent)),
      of_losses({LossKind::huber}, real("task.huber_delta", identity,
                                        at(&Config::task, &TaskOptions::huber_delta), delta)),
      choice("task.positive_weights", identity, at(&Config::task, &TaskOptions::positive_weights)),
      or_alone(reals("task.threshold", identity, at(&Config::task, &TaskOptions::threshold),
                     {0, 1, false, false})),
      real_or_none("task.goal", free, at(&Config::task, &TaskOptions::goal)),
  };
}

}  // namespace lockstep
