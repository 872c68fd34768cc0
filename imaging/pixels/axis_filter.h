#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "imaging/pixels/border.h"

namespace lockstep {

/// Where the points of one axis of a picture lie in its source: offset + step * point.
struct AxisMap {
  double offset = 0;
  double step = 1;
};

/// The weights of one axis of a separable resampling: a triangle over the source's pixels around
/// the centre of each output pixel. In fixed point, so that every machine makes the same bits.
///
///     filter.build(224, {.offset = 0, .step = 500.0 / 224}, 500, Border::black, 500.0 / 224);
///     for (const std::int16_t weight : filter.weights(i)) sum += weight * row[x++];   // x from
///     start(i)
class AxisFilter {
 public:
  /// The weights of an output pixel add up to this.
  static constexpr int kOne = 1 << 14;

  /// For `outputs` pixels from a source of `size` pixels; the triangle reaches `half_width` source
  /// pixels (at least 1/2) to each side. max(1, |step|) is what Pillow's BILINEAR takes. At the
  /// source's edge the weights inside are scaled up. Reuses memory.
  void build(int outputs, const AxisMap& map, int size, Border border, double half_width);

  int outputs() const { return static_cast<int>(starts_.size()); }
  /// The source pixels that any output needs: [first, last). Empty where all is black.
  int first() const { return first_; }
  int last() const { return last_; }
  /// The first source pixel that output `i` needs.
  int start(int i) const { return starts_[static_cast<std::size_t>(i)]; }
  /// The weights of output `i`; none where it is black.
  std::span<const std::int16_t> weights(int i) const {
    return {row(i), static_cast<std::size_t>(counts_[static_cast<std::size_t>(i)])};
  }
  /// The same with zeros up to taps(), an even number.
  const std::int16_t* row(int i) const {
    return weights_.data() + static_cast<std::size_t>(i) * static_cast<std::size_t>(taps_);
  }
  int taps() const { return taps_; }

 private:
  /// Writes the weights `scratch_`, which lie at `start`, as those of output `i`.
  void set(int i, int start, int count);

  std::vector<int> starts_;
  std::vector<int> counts_;
  std::vector<std::int16_t> weights_;
  std::vector<double> scratch_;
  int taps_ = 0;
  int first_ = 0;
  int last_ = 0;
};

}  // namespace lockstep
