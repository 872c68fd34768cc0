#pragma once

#include <cstdint>
#include <span>

#include "imaging/pixels/axis_filter.h"

namespace lockstep {

/// Values that kernels may read beyond a blended row's end, and ignore.
inline constexpr int kKernelSlack = 16;

/// The inner loops of resampling, for one instruction set. All sets give the same bits.
struct ResampleKernels {
  /// out[i] = sum over k of weights[k] * rows[k][i], times 64 / AxisFilter::kOne, for i < count.
  void (*blend_rows)(std::span<const std::uint8_t* const> rows,
                     std::span<const std::int16_t> weights, int count, std::int16_t* out);
  /// One row of output pixels of 1 or 3 `channels` from a blended row that begins with source pixel
  /// columns.first().
  void (*filter_row)(const std::int16_t* row, const AxisFilter& columns, int channels,
                     std::uint8_t* out);
};

}  // namespace lockstep
