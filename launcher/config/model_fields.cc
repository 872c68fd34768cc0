#include "launcher/config/config_fields.h"
#include "launcher/config/field_types.h"
#include "models/catalog/model_catalog.h"

namespace lockstep {

using namespace fields;

namespace {

/// One of the catalog.
ConfigField model_name() {
  std::vector<std::pair<std::string, std::string>> choices;
  std::vector<std::string> names;
  for (const ModelEntry& entry : model_catalog()) {
    choices.emplace_back(entry.name, entry.name);
    names.emplace_back(entry.name);
  }
  ConfigField field = choice_of("model.name", identity, at(&Config::model, &ModelOptions::name),
                                std::move(choices));
  field.allowed = "a network that `lockstep models` lists";
  field.names = std::move(names);
  return field;
}

/// An option that not every network takes.
ConfigField own(ConfigField field) {
  return own_option(
      "model.name", [](const Config& config) { return find_model(config.model.name).options; },
      std::move(field));
}

}  // namespace

std::vector<ConfigField> model_fields() {
  return {
      model_name(),
      real("model.dropout", identity, at(&Config::model, &ModelOptions::dropout), below_one),
      own(choice("model.stem", identity, at(&Config::model, &ModelOptions::stem))),
      own(choice("model.norm", identity, at(&Config::model, &ModelOptions::norm))),
      own(numbers("model.blocks", identity, at(&Config::model, &ModelOptions::blocks), 1, 1000)),
      own(numbers("model.widths", identity, at(&Config::model, &ModelOptions::widths), 1, 65536)),
      own(real("model.width", identity, at(&Config::model, &ModelOptions::width), magnification)),
      own(number("model.growth", identity, at(&Config::model, &ModelOptions::growth), 0, 1024)),
      own(real("model.drop_path", identity, at(&Config::model, &ModelOptions::drop_path),
               below_one)),
      own(choice_of("model.zero_init_residual", identity,
                    at(&Config::model, &ModelOptions::zero_init_residual),
                    {{"true", true}, {"false", false}})),
      own(choice_of("model.checkpointing", free, at(&Config::model, &ModelOptions::checkpointing),
                    {{"true", true}, {"false", false}})),
      text("model.weights", free, at(&Config::model, &ModelOptions::weights), Empty::allowed),
      depending(
          "model.weights", [](const Config& config) { return !config.model.weights.empty(); },
          choice_of("model.weights_ema", free, at(&Config::model, &ModelOptions::weights_ema),
                    {{"true", true}, {"false", false}})),
      choice_of("model.weights_partial", free, at(&Config::model, &ModelOptions::weights_partial),
                {{"true", true}, {"false", false}}),
  };
}

}  // namespace lockstep
