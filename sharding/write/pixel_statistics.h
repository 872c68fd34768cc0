#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

/// Sums over 8-bit pixels, in integers: the same for any order and any number of threads. Exact up
/// to 2^48 pixels.
class PixelStatistics {
 public:
  /// Adds an image of interleaved channels, 1 or 3.
  void add(std::span<const std::uint8_t> pixels, int channels);
  void add(const PixelStatistics& other);
  /// Counts an image of `channels` whose pixels are not added.
  void see(int channels) { has_color_ |= channels == 3; }

  bool empty() const { return grey_pixels_ + color_pixels_ == 0; }
  /// 3 where any image had three, else 1.
  int channels() const { return has_color_ ? 3 : 1; }
  /// Per channel, in units of [0, 1]; of one image at least. A grey image counts in all three
  /// channels where colour images are there too. A channel that never varies has a std of 1, so
  /// that dividing by it is harmless.
  std::vector<double> mean() const;
  std::vector<double> std() const;

 private:
  struct Sums {
    std::uint64_t values = 0;
    std::uint64_t squares = 0;
  };
  struct Moments {
    double mean;
    double std;
  };
  Moments moments(std::size_t channel) const;

  bool has_color_ = false;
  std::uint64_t grey_pixels_ = 0;
  std::uint64_t color_pixels_ = 0;
  Sums grey_;
  std::array<Sums, 3> color_;
};

}  // namespace lockstep
