#pragma once

#include <cstdint>
#include <vector>

#include "imaging/pixels/axis_filter.h"
#include "imaging/pixels/image.h"
#include "imaging/render/resample_kernels.h"

namespace lockstep {

/// The fastest that this machine runs.
ResampleKernels best_resample_kernels();

/// Separable resampling in integer arithmetic: rows first, to 14 bits, then columns. Reuses its
/// buffers: one object per thread.
class Resampler {
 public:
  explicit Resampler(const ResampleKernels& kernels = best_resample_kernels())
      : kernels_(kernels) {}

  /// Draws the picture that the two filters describe, dense, to `out` [rows.outputs(),
  /// columns.outputs(), channels]. `part` holds the source's pixels [rows.first(), rows.last()) x
  /// [columns.first(), columns.last()).
  void draw(const ImageView& part, const AxisFilter& rows, const AxisFilter& columns,
            std::uint8_t* out);

 private:
  ResampleKernels kernels_;
  std::vector<std::int16_t> blended_;          ///< one row of the source's columns
  std::vector<const std::uint8_t*> pointers_;  ///< to the rows that are blended
};

}  // namespace lockstep
