#include "trainer/input_spec.h"

namespace lockstep {

void to_json(nlohmann::json& json, const InputSpec& spec) {
  json = {{"height", spec.height},
          {"width", spec.width},
          {"channels", spec.channels},
          {"mean", spec.mean},
          {"std", spec.std}};
}

InputSpec read_input_spec(const JsonFields<nlohmann::json>& fields) {
  const auto floats = [&](const char* key) {
    const std::vector<double> numbers = fields.numbers(key);
    return std::vector<float>(numbers.begin(), numbers.end());
  };
  return {.height = fields.integer<int>("height", 1),
          .width = fields.integer<int>("width", 1),
          .channels = fields.integer<int>("channels", 1),
          .mean = floats("mean"),
          .std = floats("std")};
}

}  // namespace lockstep
