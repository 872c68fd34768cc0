#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"

namespace lockstep {

/// The largest height and width of what a network is fed with.
inline constexpr int kMostInputSide = 8192;

/// Per channel, or one for all; white = 1.
struct ChannelStatistics {
  std::vector<float> mean;
  std::vector<float> std;
};

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

/// The mean or std of colour images, or one for all channels, for a network of `channels`. Of grey
/// made from colour the mean is exact; the std would need the channels' covariance, and is that of
/// channels that vary together, as those of photographs nearly do.
std::vector<float> of_channels(const std::vector<float>& values, int channels);

void to_json(nlohmann::json& json, const InputSpec& spec);
/// Throws Error(storage) where a field is missing or wrong.
InputSpec read_input_spec(const JsonFields<nlohmann::json>& fields);

}  // namespace lockstep
