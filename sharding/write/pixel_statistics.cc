#include "sharding/write/pixel_statistics.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace lockstep {

namespace {

/// Values that are taken at once, each into sums of its own, which the compiler keeps in vectors. A
/// multiple of 3: the value in lane i belongs to channel i % channels.
constexpr std::size_t kLanes = 48;
/// Rows before 32 bits might not hold the sum of squares: 2^16 x 255^2 < 2^32.
constexpr std::size_t kRows = std::size_t{1} << 16;

}  // namespace

void PixelStatistics::add(std::span<const std::uint8_t> pixels, int channels) {
  assert(channels == 1 || channels == 3);
  see(channels);
  const auto step = static_cast<std::size_t>(channels);
  (channels == 1 ? grey_pixels_ : color_pixels_) += pixels.size() / step;
  const auto total = [&](std::size_t lane) -> Sums& {
    return channels == 1 ? grey_ : color_[lane % step];
  };
  while (pixels.size() >= kLanes) {
    const std::size_t rows = std::min(kRows, pixels.size() / kLanes);
    std::array<std::uint32_t, kLanes> values{};
    std::array<std::uint32_t, kLanes> squares{};
    for (std::size_t row = 0; row < rows; ++row) {
      const std::uint8_t* const taken = pixels.data() + row * kLanes;
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const std::uint16_t value = taken[lane];
        values[lane] += value;
        squares[lane] += static_cast<std::uint16_t>(value * value);
      }
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      total(lane).values += values[lane];
      total(lane).squares += squares[lane];
    }
    pixels = pixels.subspan(rows * kLanes);
  }
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    total(i).values += pixels[i];
    total(i).squares += std::uint32_t{pixels[i]} * pixels[i];
  }
}

void PixelStatistics::add(const PixelStatistics& other) {
  has_color_ |= other.has_color_;
  grey_pixels_ += other.grey_pixels_;
  color_pixels_ += other.color_pixels_;
  grey_.values += other.grey_.values;
  grey_.squares += other.grey_.squares;
  for (std::size_t channel = 0; channel < color_.size(); ++channel) {
    color_[channel].values += other.color_[channel].values;
    color_[channel].squares += other.color_[channel].squares;
  }
}

PixelStatistics::Moments PixelStatistics::moments(std::size_t channel) const {
  const auto pixels = static_cast<double>(grey_pixels_ + color_pixels_);
  assert(pixels > 0);
  const double mean = static_cast<double>(grey_.values + color_[channel].values) / pixels;
  const double square = static_cast<double>(grey_.squares + color_[channel].squares) / pixels;
  const double deviation = std::sqrt(std::max(0.0, square - mean * mean));
  // Where all values are one, rounding leaves a deviation of up to about 1e-6.
  return {mean / 255, deviation > 1e-4 ? deviation / 255 : 1.0};
}

std::vector<double> PixelStatistics::mean() const {
  std::vector<double> result;
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels()); ++c) {
    result.push_back(moments(c).mean);
  }
  return result;
}

std::vector<double> PixelStatistics::std() const {
  std::vector<double> result;
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels()); ++c) {
    result.push_back(moments(c).std);
  }
  return result;
}

}  // namespace lockstep
