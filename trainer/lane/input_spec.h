#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"

namespace lockstep {

/// The largest height and width of what a network is fed with.
inline constexpr int kMostInputSide = 8192;

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
/// Throws Error(storage) where a field is missing or wrong.
InputSpec read_input_spec(const JsonFields<nlohmann::json>& fields);

}  // namespace lockstep
