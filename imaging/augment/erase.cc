#include "imaging/augment/erase.h"

#include <algorithm>
#include <cmath>

#include "imaging/augment/draws.h"

namespace lockstep {
namespace {

/// Row `y` of the box: four bytes of each random number, one Philox block after the other.
void fill_with_noise(std::array<std::uint32_t, 2> key, std::uint32_t y, std::uint8_t* out,
                     std::size_t bytes) {
  std::array<std::uint32_t, 4> block{};
  for (std::size_t i = 0; i < bytes; ++i) {
    if (i % 16 == 0) block = philox4x32({static_cast<std::uint32_t>(i / 16), y, 0, 0}, key);
    out[i] = static_cast<std::uint8_t>(block[i % 16 / 4] >> (8 * (i % 4)));
  }
}

}  // namespace

std::optional<Erasure> draw_erasure(const AugmentOptions& options, Extent picture,
                                    RandomSequence& random) {
  if (options.erase <= 0 || !draw_event(options.erase, random)) return std::nullopt;
  const double whole = static_cast<double>(picture.height) * picture.width;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double area = whole * draw_uniform(options.erase_area, random);
    const double aspect = draw_log_uniform(options.erase_aspect, random);
    const int height = round_half_even(std::sqrt(area * aspect));
    const int width = round_half_even(std::sqrt(area / aspect));
    if (height >= picture.height || width >= picture.width) continue;
    Erasure drawn{.box = {.height = height, .width = width}, .fill = options.erase_fill};
    drawn.box.y = draw_below(picture.height - height + 1, random);
    drawn.box.x = draw_below(picture.width - width + 1, random);
    if (drawn.fill == EraseFill::noise) drawn.noise_key = {random.bits(), random.bits()};
    return drawn;
  }
  return std::nullopt;
}

void erase(const Erasure& erasure, const std::array<std::uint8_t, 3>& mean,
           const ImageTarget& picture) {
  const Box& box = erasure.box;
  const std::ptrdiff_t channels = picture.channels;
  const std::ptrdiff_t bytes = box.width * channels;
  for (int y = 0; y < box.height; ++y) {
    std::uint8_t* row =
        picture.pixels + (std::ptrdiff_t{box.y + y} * picture.width + box.x) * channels;
    if (erasure.fill == EraseFill::noise) {
      fill_with_noise(erasure.noise_key, static_cast<std::uint32_t>(y), row,
                      static_cast<std::size_t>(bytes));
    } else {
      for (std::ptrdiff_t i = 0; i < bytes; ++i) row[i] = mean[std::size_t(i % channels)];
    }
  }
}

}  // namespace lockstep
