#include "trainer/lane/input_spec.h"

namespace lockstep {

std::vector<float> of_channels(const std::vector<float>& values, int channels) {
  if (channels == 1 && values.size() == 3) {
    return {0.299f * values[0] + 0.587f * values[1] + 0.114f * values[2]};
  }
  return values.size() == 1 ? std::vector<float>(static_cast<std::size_t>(channels), values[0])
                            : values;
}

void to_json(nlohmann::json& json, const InputSpec& spec) {
  json = {{"height", spec.height},
          {"width", spec.width},
          {"channels", spec.channels},
          {"mean", spec.mean},
          {"std", spec.std}};
}

InputSpec read_input_spec(const JsonFields<nlohmann::json>& fields) {
  const int channels = fields.integer<int>("channels", 1, 3);
  const auto floats = [&](const char* key, NumberRange range) {
    const std::vector<double> numbers = fields.numbers(key, range);
    check(numbers.size() == static_cast<std::size_t>(channels), ExitCode::storage,
          "the input's {} has {} numbers for {} channels", key, numbers.size(), channels);
    return std::vector<float>(numbers.begin(), numbers.end());
  };
  return {.height = fields.integer<int>("height", 1, kMostInputSide),
          .width = fields.integer<int>("width", 1, kMostInputSide),
          .channels = channels,
          .mean = floats("mean", {-1e3, 1e3}),
          .std = floats("std", {1e-9, 1e3})};
}

}  // namespace lockstep
