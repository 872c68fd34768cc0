#include "trainer/input_spec.h"

namespace lockstep {

void to_json(nlohmann::json& json, const InputSpec& spec) {
  json = {{"height", spec.height},
          {"width", spec.width},
          {"channels", spec.channels},
          {"mean", spec.mean},
          {"std", spec.std}};
}

void from_json(const nlohmann::json& json, InputSpec& spec) {
  json.at("height").get_to(spec.height);
  json.at("width").get_to(spec.width);
  json.at("channels").get_to(spec.channels);
  json.at("mean").get_to(spec.mean);
  json.at("std").get_to(spec.std);
}

}  // namespace lockstep
