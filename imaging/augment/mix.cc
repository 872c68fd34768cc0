#include "imaging/augment/mix.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace lockstep {
namespace {

/// In [0, 1], Beta(alpha, alpha) distributed (Jöhnk 1964): quick for the alphas of up to 2 or so
/// that mixing uses.
double draw_beta(double alpha, RandomSequence& random) {
  while (true) {
    const double x = std::pow(static_cast<double>(random.uniform()), 1 / alpha);
    const double y = std::pow(static_cast<double>(random.uniform()), 1 / alpha);
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}

}  // namespace

Mix draw_mix(const AugmentOptions& options, int height, int width, RandomSequence& random) {
  Mix mix;
  if (options.mixup == 0 && options.cutmix == 0) return mix;
  if (!random.flip(static_cast<float>(options.mix_probability))) return mix;
  const bool both = options.mixup > 0 && options.cutmix > 0;
  const bool cut = both ? random.flip(0.5f) : options.cutmix > 0;
  const double beta = draw_beta(cut ? options.cutmix : options.mixup, random);
  const double part = std::min(beta, 1 - beta);
  if (!cut) {
    mix.share = static_cast<int>(std::lround(256 * part));
    return mix;
  }
  // A box of the picture's proportions around a random centre; what reaches over the edge is cut
  // off, and the share follows what is left.
  const double side = std::sqrt(part);
  const int half_height = static_cast<int>(side * height / 2);
  const int half_width = static_cast<int>(side * width / 2);
  const int y = static_cast<int>(random.below(static_cast<std::uint32_t>(height)));
  const int x = static_cast<int>(random.below(static_cast<std::uint32_t>(width)));
  mix.top = std::max(0, y - half_height);
  mix.left = std::max(0, x - half_width);
  mix.height = std::min(height, y + half_height) - mix.top;
  mix.width = std::min(width, x + half_width) - mix.left;
  mix.share = static_cast<int>(
      std::lround(256.0 * mix.height * mix.width / (static_cast<double>(height) * width)));
  return mix;
}

void apply_mix(const Mix& mix, int width, int channels, std::span<const std::uint8_t> other,
               std::span<std::uint8_t> picture) {
  assert(other.size() == picture.size());
  if (mix.height > 0 && mix.width > 0) {
    const std::size_t row_bytes = std::size_t(width) * std::size_t(channels);
    for (int y = mix.top; y < mix.top + mix.height; ++y) {
      const std::size_t begin = std::size_t(y) * row_bytes + std::size_t(mix.left * channels);
      std::ranges::copy(other.subspan(begin, std::size_t(mix.width * channels)),
                        picture.begin() + static_cast<std::ptrdiff_t>(begin));
    }
  } else if (mix.share > 0) {
    const int share = mix.share;
    for (std::size_t i = 0; i < picture.size(); ++i) {
      picture[i] =
          static_cast<std::uint8_t>((picture[i] * (256 - share) + other[i] * share + 128) >> 8);
    }
  }
}

}  // namespace lockstep
