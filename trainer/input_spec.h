#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace lockstep {

/// What a trained model must be fed with, and what its logits mean. Stored with every checkpoint,
/// so that a model is used as it was trained whatever pack it meets later.
struct InputSpec {
  int height = 0;  ///< pixels
  int width = 0;
  int channels = 0;
  std::vector<float> mean;           ///< per channel, white = 1
  std::vector<float> std;            ///< per channel, white = 1
  std::vector<std::string> classes;  ///< by logit

  bool operator==(const InputSpec&) const = default;
};

void to_json(nlohmann::json& json, const InputSpec& spec);
void from_json(const nlohmann::json& json, InputSpec& spec);

}  // namespace lockstep
