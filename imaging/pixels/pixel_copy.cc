#include "imaging/pixels/pixel_copy.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace lockstep {
namespace {

template <int channels>
void copy_mirrored(const std::uint8_t* from, int width, std::uint8_t* out) {
  for (from += (width - 1) * channels; width > 0; --width, from -= channels, out += channels) {
    std::copy_n(from, channels, out);
  }
}

template <int channels>
void transpose(const ImageView& source, std::uint8_t* out) {
  for (int x = 0; x < source.width; ++x) {
    const std::uint8_t* from = source.pixels + std::ptrdiff_t{x} * channels;
    for (int y = 0; y < source.height; ++y, from += source.row_bytes, out += channels) {
      std::copy_n(from, channels, out);
    }
  }
}

}  // namespace

CopyAxis::CopyAxis(const AxisMap& map, int picture_outputs, int size)
    : outputs(picture_outputs), mirrored(map.step < 0) {
  assert(is_copy(map));
  // Output i shows source pixel at + i, or at - i; far outside, the distance does not matter.
  const auto at = static_cast<int>(std::clamp(map.offset, -1e8, 1e8)) - (mirrored ? 1 : 0);
  const int whole_begin = mirrored ? at - size + 1 : -at;
  begin = std::clamp(whole_begin, 0, outputs);
  end = std::clamp(whole_begin + size, begin, outputs);
  first = mirrored ? at - (end - 1) : at + begin;
}

bool is_copy(const AxisMap& map) {
  return std::abs(map.step) == 1 && map.offset == std::floor(map.offset);
}

void copy_pixels(const ImageView& part, const CopyAxis& rows, const CopyAxis& columns,
                 std::uint8_t* out) {
  assert(part.channels == 1 || part.channels == 3);
  const std::ptrdiff_t row_bytes = std::ptrdiff_t{columns.outputs} * part.channels;
  const std::ptrdiff_t left = std::ptrdiff_t{columns.begin} * part.channels;
  const std::ptrdiff_t shown = std::ptrdiff_t{columns.length()} * part.channels;
  for (int y = 0; y < rows.outputs; ++y, out += row_bytes) {
    if (y < rows.begin || y >= rows.end) {
      std::fill_n(out, row_bytes, std::uint8_t{0});
      continue;
    }
    const std::uint8_t* from = part.row(rows.mirrored ? rows.end - 1 - y : y - rows.begin);
    std::fill_n(out, left, std::uint8_t{0});
    if (!columns.mirrored) {
      std::copy_n(from, shown, out + left);
    } else if (part.channels == 3) {
      copy_mirrored<3>(from, columns.length(), out + left);
    } else {
      copy_mirrored<1>(from, columns.length(), out + left);
    }
    std::fill_n(out + left + shown, row_bytes - left - shown, std::uint8_t{0});
  }
}

void transpose_pixels(const ImageView& source, std::uint8_t* out) {
  assert(source.channels == 1 || source.channels == 3);
  if (source.channels == 3) {
    transpose<3>(source, out);
  } else {
    transpose<1>(source, out);
  }
}

}  // namespace lockstep
