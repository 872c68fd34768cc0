#include "imaging/render/linear_color.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

#include <opencv2/core/hal/hal.hpp>

// The same code for machines with and without AVX2. Neither fuses a product with a sum, so both
// round alike. (The sanitizers cannot instrument code that is chosen before main().)
#if defined(__SANITIZE_ADDRESS__)
#define LOCKSTEP_ALSO_FOR_AVX2
#else
#define LOCKSTEP_ALSO_FOR_AVX2 __attribute__((target_clones("avx2", "default")))
#endif

namespace lockstep {
namespace {

constexpr std::array<double, 3> kLuma = {0.299, 0.587, 0.114};  // ITU-R 601

/// Pixels per block, channel by channel: a block stays in the first-level cache.
constexpr int kBlock = 1024;
using Plane = std::array<std::uint8_t, kBlock>;

/// A row of the matrix as it is applied; half a level is in `offset`, as the result is cut off.
struct Row {
  float red, green, blue, offset;
};

std::uint8_t to_level(float x) {
  x = x > 0.0f ? x : 0.0f;
  x = x < 255.0f ? x : 255.0f;
  return static_cast<std::uint8_t>(static_cast<std::int32_t>(x));
}

LOCKSTEP_ALSO_FOR_AVX2 void mix(const Row& row, const std::uint8_t* red, const std::uint8_t* green,
                                const std::uint8_t* blue, std::uint8_t* out) {
  for (int i = 0; i < kBlock; ++i) {
    out[i] = to_level(row.red * red[i] + row.green * green[i] + row.blue * blue[i] + row.offset);
  }
}

LOCKSTEP_ALSO_FOR_AVX2 void scale(float factor, float offset, std::uint8_t* pixels, int count) {
  for (int i = 0; i < count; ++i) pixels[i] = to_level(factor * pixels[i] + offset);
}

LOCKSTEP_ALSO_FOR_AVX2 std::uint32_t sum(const std::uint8_t* pixels, int count) {
  std::uint32_t total = 0;
  for (int i = 0; i < count; ++i) total += pixels[i];
  return total;
}

/// Calls `visit(red, green, blue, first pixel, count)` for block after block; behind the last
/// pixel the planes keep what was there.
template <typename Visit>
void for_blocks(const ImageTarget& picture, Visit visit) {
  Plane red{}, green{}, blue{};
  std::uint8_t* planes[] = {red.data(), green.data(), blue.data()};
  const int pixels = picture.height * picture.width;
  for (int first = 0; first < pixels; first += kBlock) {
    const int count = std::min(kBlock, pixels - first);
    std::uint8_t* place = picture.pixels + std::ptrdiff_t{3} * first;
    cv::hal::split8u(place, planes, count, 3);
    visit(red, green, blue, place, count);
  }
}

/// Of luma, over the picture.
double mean_luma(const ImageTarget& picture) {
  const double pixels = static_cast<double>(picture.height) * picture.width;
  if (picture.channels == 1) {
    std::uint64_t total = 0;
    const int row = picture.width;
    for (int y = 0; y < picture.height; ++y) {
      total += sum(picture.pixels + std::ptrdiff_t{y} * row, row);
    }
    return static_cast<double>(total) / pixels;
  }
  std::array<std::uint64_t, 3> totals{};
  for_blocks(picture, [&](const Plane& red, const Plane& green, const Plane& blue, std::uint8_t*,
                          int count) {
    totals[0] += sum(red.data(), count);
    totals[1] += sum(green.data(), count);
    totals[2] += sum(blue.data(), count);
  });
  double weighted = 0;
  for (std::size_t c = 0; c < 3; ++c) weighted += kLuma[c] * static_cast<double>(totals[c]);
  return weighted / pixels;
}

/// I and Q as sums of red, green and blue (FCC, 1953). Both are 0 for grey.
constexpr double kIq[2][3] = {{0.5959, -0.2746, -0.3213}, {0.2115, -0.5227, 0.3112}};

/// The inverse of (luma; I; Q), so that going there and back is the identity to the last digits.
std::array<std::array<double, 3>, 3> from_yiq() {
  const auto& [i, q] = kIq;
  const auto cross = [](const auto& a, const auto& b) {
    return std::array<double, 3>{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
                                 a[0] * b[1] - a[1] * b[0]};
  };
  const std::array<std::array<double, 3>, 3> columns = {cross(i, q), cross(q, kLuma),
                                                        cross(kLuma, i)};
  const double determinant =
      kLuma[0] * columns[0][0] + kLuma[1] * columns[0][1] + kLuma[2] * columns[0][2];
  std::array<std::array<double, 3>, 3> inverse{};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      inverse[row][column] = columns[column][row] / determinant;
    }
  }
  return inverse;
}

}  // namespace

LinearColor operator*(const LinearColor& a, const LinearColor& b) {
  return {a.brightness * b.brightness, a.contrast * b.contrast, a.saturation * b.saturation,
          a.hue + b.hue};
}

ColorMatrix color_matrix(const LinearColor& color, double mean) {
  const double luma = color.brightness * color.contrast;
  const double chroma = luma * color.saturation;
  const double angle = color.hue * (2 * std::numbers::pi);
  const double cosine = chroma * std::cos(angle);
  const double sine = chroma * std::sin(angle);
  const auto back = from_yiq();
  ColorMatrix matrix{};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      const double i = cosine * kIq[0][column] - sine * kIq[1][column];
      const double q = sine * kIq[0][column] + cosine * kIq[1][column];
      matrix[4 * row + column] =
          luma * kLuma[column] * back[row][0] + i * back[row][1] + q * back[row][2];
    }
    matrix[4 * row + 3] = color.brightness * (1 - color.contrast) * mean;
  }
  return matrix;
}

void apply(const LinearColor& color, const ImageTarget& picture) {
  const double mean = color.contrast == 1 ? 0 : mean_luma(picture);
  if (picture.channels == 1) {
    const auto factor = static_cast<float>(color.brightness * color.contrast);
    const auto offset = static_cast<float>(color.brightness * (1 - color.contrast) * mean + 0.5);
    for (int y = 0; y < picture.height; ++y) {
      scale(factor, offset, picture.pixels + std::ptrdiff_t{y} * picture.width, picture.width);
    }
    return;
  }
  const ColorMatrix matrix = color_matrix(color, mean);
  std::array<Row, 3> rows{};
  for (std::size_t c = 0; c < 3; ++c) {
    rows[c] = {static_cast<float>(matrix[4 * c]), static_cast<float>(matrix[4 * c + 1]),
               static_cast<float>(matrix[4 * c + 2]), static_cast<float>(matrix[4 * c + 3] + 0.5)};
  }
  std::array<Plane, 3> results;
  const std::uint8_t* planes[] = {results[0].data(), results[1].data(), results[2].data()};
  for_blocks(picture, [&](const Plane& red, const Plane& green, const Plane& blue,
                          std::uint8_t* place, int count) {
    for (std::size_t c = 0; c < 3; ++c) {
      mix(rows[c], red.data(), green.data(), blue.data(), results[c].data());
    }
    cv::hal::merge8u(planes, place, count, 3);
  });
}

}  // namespace lockstep
