#include "imaging/render/perceptual_hash.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lockstep {
namespace {

constexpr std::size_t kSide = kThumbnailSide;
constexpr std::size_t kBits = 64;
/// The 64 lowest frequencies beside the mean lie on diagonals 1 to 10.
constexpr std::size_t kFrequencies = 11;
/// Standard deviation in grey levels below which an image counts as flat.
constexpr double kFlatDeviation = 4;

struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments moments(const Thumbnail& thumbnail) {
  std::uint64_t sum = 0;
  std::uint64_t squares = 0;
  for (const std::uint8_t pixel : thumbnail) {
    sum += pixel;
    squares += std::uint64_t{pixel} * pixel;
  }
  const auto count = static_cast<double>(thumbnail.size());
  const double mean = static_cast<double>(sum) / count;
  return {mean, std::sqrt(std::max(0.0, static_cast<double>(squares) / count - mean * mean))};
}

/// cosines[u][x]: the transform's rows.
using Cosines = std::array<std::array<double, kSide>, kFrequencies>;

const Cosines& cosines() {
  static const Cosines table = [] {
    Cosines made{};
    for (std::size_t u = 0; u < kFrequencies; ++u) {
      for (std::size_t x = 0; x < kSide; ++x) {
        made[u][x] = std::cos(std::numbers::pi * static_cast<double>(u * (2 * x + 1)) /
                              static_cast<double>(2 * kSide));
      }
    }
    return made;
  }();
  return table;
}

/// The 64 coefficients after the mean, by rising frequency.
std::array<double, kBits> low_frequencies(const Thumbnail& thumbnail) {
  const Cosines& table = cosines();
  std::array<std::array<double, kFrequencies>, kSide> rows{};  // [y][u]
  for (std::size_t y = 0; y < kSide; ++y) {
    for (std::size_t u = 0; u < kFrequencies; ++u) {
      for (std::size_t x = 0; x < kSide; ++x) rows[y][u] += thumbnail[y * kSide + x] * table[u][x];
    }
  }
  std::array<double, kBits> coefficients{};
  std::size_t bit = 0;
  for (std::size_t diagonal = 1; bit < kBits; ++diagonal) {
    for (std::size_t u = 0; u <= diagonal && bit < kBits; ++u, ++bit) {
      for (std::size_t y = 0; y < kSide; ++y) {
        coefficients[bit] += rows[y][u] * table[diagonal - u][y];
      }
    }
  }
  return coefficients;
}

}  // namespace

void Thumbnailer::draw(const StoredImage& image, Thumbnail& thumbnail) {
  const ImageInfo info = renderer_.open(image);
  renderer_.render(scaling(static_cast<double>(info.width) / kThumbnailSide,
                           static_cast<double>(info.height) / kThumbnailSide),
                   Border::edge, {thumbnail.data(), kThumbnailSide, kThumbnailSide, 1});
}

std::optional<std::uint64_t> perceptual_hash(const Thumbnail& thumbnail) {
  if (moments(thumbnail).deviation < kFlatDeviation) return std::nullopt;
  const std::array<double, kBits> coefficients = low_frequencies(thumbnail);
  std::array<double, kBits> sorted = coefficients;
  std::ranges::nth_element(sorted, sorted.begin() + kBits / 2);
  const double median = sorted[kBits / 2];
  std::uint64_t hash = 0;
  for (std::size_t bit = 0; bit < kBits; ++bit) {
    hash |= std::uint64_t{coefficients[bit] > median} << bit;
  }
  return hash;
}

double similarity(const Thumbnail& a, const Thumbnail& b) {
  const Moments of_a = moments(a);
  const Moments of_b = moments(b);
  if (of_a.deviation == 0 || of_b.deviation == 0) return 0;
  std::uint64_t products = 0;
  for (std::size_t i = 0; i < a.size(); ++i) products += std::uint64_t{a[i]} * b[i];
  return (static_cast<double>(products) / static_cast<double>(a.size()) - of_a.mean * of_b.mean) /
         (of_a.deviation * of_b.deviation);
}

}  // namespace lockstep
