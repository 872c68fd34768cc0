#include "imaging/render/heat_overlay.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace lockstep {
namespace {

/// How much of the colour covers the image where the heat is 1.
constexpr float kCover = 0.75f;

/// Where a pixel lies between two places of the heat.
struct Between {
  int first, second;
  float of_second;
};

Between between(int pixel, int pixels, int places) {
  const float at =
      (static_cast<float>(pixel) + 0.5f) * static_cast<float>(places) / static_cast<float>(pixels) -
      0.5f;
  const float inside = std::clamp(at, 0.0f, static_cast<float>(places - 1));
  const int first = static_cast<int>(inside);
  return {first, std::min(first + 1, places - 1), inside - static_cast<float>(first)};
}

float mixed(float first, float second, float of_second) {
  return first + (second - first) * of_second;
}

std::uint8_t byte_of(float value) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

/// The weights of ITU-R BT.601, as those of decode().
float grey_of(const std::uint8_t* pixel, int channels) {
  if (channels == 1) return pixel[0];
  return 0.299f * static_cast<float>(pixel[0]) + 0.587f * static_cast<float>(pixel[1]) +
         0.114f * static_cast<float>(pixel[2]);
}

}  // namespace

Image heat_overlay(const ImageView& image, std::span<const float> heat, int heat_height,
                   int heat_width, int least_side) {
  assert(heat.size() ==
         static_cast<std::size_t>(heat_height) * static_cast<std::size_t>(heat_width));
  const int longest = std::max(image.height, image.width);
  const int factor = (std::max(least_side, longest) + longest - 1) / longest;
  Image result;
  result.reshape(image.height * factor, image.width * factor, 3);
  const auto heat_at = [&](int y, int x) {
    return heat[static_cast<std::size_t>(y) * static_cast<std::size_t>(heat_width) +
                static_cast<std::size_t>(x)];
  };
  for (int y = 0; y < result.height(); ++y) {
    const Between row = between(y, result.height(), heat_height);
    for (int x = 0; x < result.width(); ++x) {
      const Between column = between(x, result.width(), heat_width);
      const float strength = mixed(mixed(heat_at(row.first, column.first),
                                         heat_at(row.first, column.second), column.of_second),
                                   mixed(heat_at(row.second, column.first),
                                         heat_at(row.second, column.second), column.of_second),
                                   row.of_second);
      const float grey =
          grey_of(image.row(y / factor) + x / factor * image.channels, image.channels);
      std::uint8_t* const pixel = result.row(y) + 3 * x;
      pixel[0] = byte_of(mixed(grey, 235, kCover * strength));
      pixel[1] = byte_of(mixed(grey, mixed(215, 25, strength), kCover * strength));
      pixel[2] = byte_of(mixed(grey, 20, kCover * strength));
    }
  }
  return result;
}

}  // namespace lockstep
