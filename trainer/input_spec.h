#pragma once

#include <vector>

#include <nlohmann/json.hpp>

namespace lockstep {

/// What a trained model must be fed with. Stored with every checkpoint, so that a model is fed as
/// it was trained whatever pack it meets later.
struct InputSpec {
  int height = 0;  ///< pixels
  int width = 0;
  int channels = 0;
  std::vector<float> mean;  ///< per channel, white = 1
  std::vector<float> std;   ///< per channel, white = 1

  bool operator==(const InputSpec&) const = default;
};

void to_json(nlohmann::json& json, const InputSpec& spec);
void from_json(const nlohmann::json& json, InputSpec& spec);

}  // namespace lockstep
