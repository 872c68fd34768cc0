#include "imaging/render/resample_plain.h"

namespace lockstep {
namespace {

constexpr int kBlendShift = 8;    // 8 + 14 bits to 8 + 6
constexpr int kFilterShift = 20;  // 8 + 6 + 14 bits to 8

void blend_rows(std::span<const std::uint8_t* const> rows, std::span<const std::int16_t> weights,
                int count, std::int16_t* out) {
  for (int i = 0; i < count; ++i) {
    int sum = 1 << (kBlendShift - 1);
    for (std::size_t k = 0; k < rows.size(); ++k) sum += weights[k] * rows[k][i];
    out[i] = static_cast<std::int16_t>(sum >> kBlendShift);
  }
}

void filter_row(const std::int16_t* row, const AxisFilter& columns, int channels,
                std::uint8_t* out) {
  for (int x = 0; x < columns.outputs(); ++x) {
    const std::int16_t* from = row + (columns.start(x) - columns.first()) * channels;
    const auto weights = columns.weights(x);
    for (int c = 0; c < channels; ++c) {
      int sum = 1 << (kFilterShift - 1);
      for (std::size_t k = 0; k < weights.size(); ++k) {
        sum += weights[k] * from[static_cast<int>(k) * channels + c];
      }
      *out++ = static_cast<std::uint8_t>(sum >> kFilterShift);
    }
  }
}

}  // namespace

ResampleKernels plain_resample_kernels() { return {blend_rows, filter_row}; }

}  // namespace lockstep
