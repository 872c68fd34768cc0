#include "imaging/pixels/normalizer.h"

#include <cassert>

#include "core/error.h"

namespace lockstep {
namespace {

template <std::size_t channels>
void look_up(const std::array<float, 256>* levels, std::span<const std::uint8_t> pixels,
             float* out) {
  for (std::size_t i = 0; i < pixels.size(); i += channels) {
    for (std::size_t c = 0; c < channels; ++c) out[i + c] = levels[c][pixels[i + c]];
  }
}

float of_channel(std::span<const float> values, std::size_t channel) {
  return values[values.size() == 1 ? 0 : channel];
}

}  // namespace

Normalizer::Normalizer(int channels, std::span<const float> mean, std::span<const float> std) {
  check(channels == 1 || channels == 3, ExitCode::usage, "images have 1 or 3 channels, not {}",
        channels);
  normalised_.resize(static_cast<std::size_t>(channels));
  for (const auto& values : {mean, std}) {
    check(values.size() == 1 || values.size() == normalised_.size(), ExitCode::usage,
          "mean and standard deviation have {} values; 1 or {} (one per channel) are needed",
          values.size(), channels);
  }
  for (std::size_t c = 0; c < normalised_.size(); ++c) {
    const float deviation = of_channel(std, c);
    check(deviation > 0, ExitCode::data,
          "the standard deviation of channel {} is {}, it must be positive", c, deviation);
    for (std::size_t value = 0; value < 256; ++value) {
      normalised_[c][value] =
          (static_cast<float>(value) / 255.0f - of_channel(mean, c)) / deviation;
    }
  }
}

void Normalizer::apply(std::span<const std::uint8_t> pixels, std::span<float> out) const {
  assert(pixels.size() == out.size() && pixels.size() % normalised_.size() == 0);
  const auto look_up_channels = normalised_.size() == 1 ? look_up<1> : look_up<3>;
  look_up_channels(normalised_.data(), pixels, out.data());
}

}  // namespace lockstep
