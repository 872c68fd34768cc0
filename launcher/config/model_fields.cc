#include "launcher/config/config_fields.h"
#include "launcher/config/field_types.h"
#include "models/catalog/model_catalog.h"

namespace lockstep {

using namespace fields;

namespace {

/// One of the catalog.
ConfigField model_name() {
  std::vector<std::pair<std::string, std::string>> names;
  for (const ModelEntry& entry : model_catalog()) names.emplace_back(entry.name, entry.name);
  return choice_of("model.name", identity, at(&Config::model, &ModelOptions::name),
                   std::move(names));
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
  };
}

}  // namespace lockstep
