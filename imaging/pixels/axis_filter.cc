#include "imaging/pixels/axis_filter.h"

#include <cassert>
#include <cmath>

namespace lockstep {
namespace {

/// std::floor is a function call on the baseline instruction set.
int floor_of(double x) {
  const int truncated = static_cast<int>(x);
  return truncated - (x < truncated ? 1 : 0);
}

}  // namespace

void AxisFilter::build(int outputs, const AxisMap& map, int size, Border border,
                       double half_width) {
  assert(outputs > 0 && size > 0 && half_width >= 0.5);
  starts_.assign(static_cast<std::size_t>(outputs), 0);
  counts_.assign(static_cast<std::size_t>(outputs), 0);
  taps_ = (static_cast<int>(std::ceil(2 * half_width)) + 2) & ~1;
  weights_.assign(static_cast<std::size_t>(outputs) * static_cast<std::size_t>(taps_), 0);
  scratch_.resize(static_cast<std::size_t>(taps_));
  first_ = size;
  last_ = 0;
  const double per_pixel = 1 / half_width;
  for (int i = 0; i < outputs; ++i) {
    double centre = map.offset + map.step * (i + 0.5);
    const bool inside = centre >= 0 && centre < size;
    if (!inside && border == Border::black) continue;
    if (border == Border::edge) centre = std::clamp(centre, 0.0, double(size));
    // Far outside, a pixel more or less does not matter, and must not overflow.
    if (border == Border::reflect) centre = std::clamp(centre, -1e8, 1e8);
    int begin = floor_of(centre - half_width + 0.5);
    int end = floor_of(centre + half_width + 0.5);
    if (border != Border::reflect) {
      begin = std::max(begin, 0);
      end = std::min(end, size);
    }
    const auto weight = [&](int k) {
      return std::max(0.0, 1 - std::abs(k + 0.5 - centre) * per_pixel);
    };
    if (begin >= 0 && end <= size) {
      for (int k = begin; k < end; ++k) scratch_[std::size_t(k - begin)] = weight(k);
      set(i, begin, end - begin);
      continue;
    }
    // Reflected taps lie between the smallest and the largest of their places.
    int low = size;
    int high = 0;
    for (int k = begin; k < end; ++k) {
      low = std::min(low, reflected(k, size));
      high = std::max(high, reflected(k, size) + 1);
    }
    std::fill(scratch_.begin(), scratch_.end(), 0.0);
    for (int k = begin; k < end; ++k) scratch_[std::size_t(reflected(k, size) - low)] += weight(k);
    set(i, low, high - low);
  }
  if (first_ >= last_) first_ = last_ = 0;
  // A black output needs no pixel, but has a place.
  for (int& start : starts_) start = std::clamp(start, first_, std::max(first_, last_ - 1));
}

void AxisFilter::set(int i, int start, int count) {
  assert(count > 0 && count <= taps_);
  double sum = 0;
  for (int k = 0; k < count; ++k) sum += scratch_[std::size_t(k)];
  const double unit = kOne / sum;
  std::int16_t* weights = weights_.data() + std::size_t(i) * std::size_t(taps_);
  // What rounding takes from one weight goes to the next, so that the sum is exact.
  double running = 0.5;
  int given = 0;
  int used = 0;
  for (int k = 0; k < count; ++k) {
    running += scratch_[std::size_t(k)] * unit;
    const int total = k + 1 == count ? kOne : static_cast<int>(running);
    weights[k] = static_cast<std::int16_t>(total - given);
    if (total != given) used = k + 1;
    given = total;
  }
  starts_[std::size_t(i)] = start;
  counts_[std::size_t(i)] = used;
  first_ = std::min(first_, start);
  last_ = std::max(last_, start + used);
}

}  // namespace lockstep
