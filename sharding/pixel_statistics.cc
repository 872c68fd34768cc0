#include "sharding/pixel_statistics.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace lockstep {

void PixelStatistics::add(std::span<const std::uint8_t> pixels, int channels) {
  assert(channels == 1 || channels == 3);
  see(channels);
  const auto step = static_cast<std::size_t>(channels);
  for (std::size_t channel = 0; channel < step; ++channel) {
    Sums sums;
    for (std::size_t i = channel; i < pixels.size(); i += step) {
      sums.values += pixels[i];
      sums.squares += std::uint32_t{pixels[i]} * pixels[i];
    }
    Sums& total = channels == 1 ? grey_ : color_[channel];
    total.values += sums.values;
    total.squares += sums.squares;
  }
  (channels == 1 ? grey_pixels_ : color_pixels_) += pixels.size() / step;
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
