#include "launcher/config/config_fields.h"
#include "launcher/config/field_types.h"

namespace lockstep {

using namespace fields;

namespace {

/// An option that not every optimizer takes.
ConfigField own(ConfigField field) {
  return own_option(
      "optimizer.name", [](const Config& config) { return own_options(config.optimizer.name); },
      std::move(field));
}

}  // namespace

std::vector<ConfigField> optimizer_fields() {
  return {
      choice("optimizer.name", identity, at(&Config::optimizer, &OptimizerOptions::name)),
      real("optimizer.lr", identity, at(&Config::optimizer, &OptimizerOptions::lr), positive),
      real("optimizer.lr_batch", identity, at(&Config::optimizer, &OptimizerOptions::lr_batch),
           positive),
      choice("optimizer.lr_scaling", identity,
             at(&Config::optimizer, &OptimizerOptions::lr_scaling)),
      own(real("optimizer.momentum", identity, at(&Config::optimizer, &OptimizerOptions::momentum),
               below_one)),
      own(choice_of("optimizer.nesterov", identity,
                    at(&Config::optimizer, &OptimizerOptions::nesterov),
                    {{"false", false}, {"true", true}})),
      own(real("optimizer.beta1", identity, at(&Config::optimizer, &OptimizerOptions::beta1),
               below_one)),
      own(real("optimizer.beta2", identity, at(&Config::optimizer, &OptimizerOptions::beta2),
               below_one)),
      own(real("optimizer.epsilon", identity, at(&Config::optimizer, &OptimizerOptions::epsilon),
               part_of_large)),
      own(real("optimizer.alpha", identity, at(&Config::optimizer, &OptimizerOptions::alpha),
               below_one)),
      own(real("optimizer.trust", identity, at(&Config::optimizer, &OptimizerOptions::trust),
               part_of_large)),
      real("optimizer.weight_decay", identity,
           at(&Config::optimizer, &OptimizerOptions::weight_decay), up_to_large),
      choice_of("optimizer.decay_norm_and_bias", identity,
                at(&Config::optimizer, &OptimizerOptions::decay_norm_and_bias),
                {{"true", true}, {"false", false}}),
      real("optimizer.clip_norm", identity, at(&Config::optimizer, &OptimizerOptions::clip_norm),
           up_to_large),
      real("optimizer.clip_value", identity, at(&Config::optimizer, &OptimizerOptions::clip_value),
           up_to_large),
      real("optimizer.lr_layer_decay", identity,
           at(&Config::optimizer, &OptimizerOptions::lr_layer_decay), part),
      real("optimizer.lr_first_stage", identity,
           at(&Config::optimizer, &OptimizerOptions::lr_first_stage), part),
  };
}

}  // namespace lockstep
