#include "imaging/render/resample.h"

#include <algorithm>
#include <cassert>

#include "imaging/render/resample_avx2.h"
#include "imaging/render/resample_plain.h"

namespace lockstep {

ResampleKernels best_resample_kernels() {
  const std::optional<ResampleKernels> avx2 = avx2_resample_kernels();
  return avx2 ? *avx2 : plain_resample_kernels();
}

void Resampler::draw(const ImageView& part, const AxisFilter& rows, const AxisFilter& columns,
                     std::uint8_t* out) {
  const std::size_t out_bytes = std::size_t(columns.outputs()) * std::size_t(part.channels);
  const bool black = rows.last() == rows.first() || columns.last() == columns.first();
  if (black) {
    std::fill_n(out, std::size_t(rows.outputs()) * out_bytes, std::uint8_t{0});
    return;
  }
  assert(part.height == rows.last() - rows.first());
  assert(part.width == columns.last() - columns.first());
  const int row_values = part.width * part.channels;
  // A filter's zeros at the end reach beyond the last column, and vectors beyond those.
  blended_.resize(std::size_t(row_values + columns.taps() * part.channels + kKernelSlack));
  for (int y = 0; y < rows.outputs(); ++y, out += out_bytes) {
    const auto weights = rows.weights(y);
    if (weights.empty()) {
      std::fill_n(out, out_bytes, std::uint8_t{0});
      continue;
    }
    pointers_.clear();
    for (std::size_t k = 0; k < weights.size(); ++k) {
      pointers_.push_back(part.row(rows.start(y) - rows.first() + static_cast<int>(k)));
    }
    kernels_.blend_rows(pointers_, weights, row_values, blended_.data());
    kernels_.filter_row(blended_.data(), columns, part.channels, out);
  }
}

}  // namespace lockstep
