#include "imaging/augment/pixel_ops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>

namespace lockstep {
namespace {

using Levels = std::array<std::uint8_t, 256>;  ///< what each level becomes
using Histogram = std::array<std::int64_t, 256>;

std::span<std::uint8_t> bytes_of(const ImageTarget& picture) {
  return {picture.pixels,
          std::size_t(picture.height) * std::size_t(picture.width) * std::size_t(picture.channels)};
}

Levels identity_levels() {
  Levels levels;
  std::iota(levels.begin(), levels.end(), std::uint8_t{0});
  return levels;
}

void replace(const Levels& levels, const ImageTarget& picture) {
  for (std::uint8_t& level : bytes_of(picture)) level = levels[level];
}

/// Replaces the levels of each channel by what `make(histogram)` says.
template <typename Make>
void replace_by_histogram(Make make, const ImageTarget& picture) {
  const std::span<std::uint8_t> bytes = bytes_of(picture);
  const auto channels = static_cast<std::size_t>(picture.channels);
  for (std::size_t c = 0; c < channels; ++c) {
    Histogram histogram{};
    for (std::size_t i = c; i < bytes.size(); i += channels) ++histogram[bytes[i]];
    const Levels levels = make(histogram);
    for (std::size_t i = c; i < bytes.size(); i += channels) bytes[i] = levels[bytes[i]];
  }
}

/// PIL's ImageOps.autocontrast, to the last rounding.
Levels stretched(const Histogram& histogram) {
  const auto occurs = [](std::int64_t count) { return count > 0; };
  const auto low = std::ranges::find_if(histogram, occurs) - histogram.begin();
  const auto high =
      255 - (std::find_if(histogram.rbegin(), histogram.rend(), occurs) - histogram.rbegin());
  Levels levels = identity_levels();
  if (high <= low) return levels;
  const double scale = 255.0 / static_cast<double>(high - low);
  const double offset = static_cast<double>(-low) * scale;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    levels[i] = static_cast<std::uint8_t>(
        std::clamp(static_cast<int>(static_cast<double>(i) * scale + offset), 0, 255));
  }
  return levels;
}

/// PIL's ImageOps.equalize.
Levels equalized(const Histogram& histogram) {
  Levels levels = identity_levels();
  const std::int64_t pixels = std::accumulate(histogram.begin(), histogram.end(), std::int64_t{0});
  const std::int64_t of_highest = *std::find_if(histogram.rbegin(), histogram.rend(),
                                                [](std::int64_t count) { return count > 0; });
  const std::int64_t step = (pixels - of_highest) / 255;
  if (step == 0) return levels;
  std::int64_t below = step / 2;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    levels[i] = static_cast<std::uint8_t>(std::min<std::int64_t>(below / step, 255));
    below += histogram[i];
  }
  return levels;
}

void posterize(int bits, const ImageTarget& picture) {
  const auto mask = static_cast<std::uint8_t>(0xFF << (8 - bits));
  for (std::uint8_t& level : bytes_of(picture)) level &= mask;
}

void solarize(double threshold, const ImageTarget& picture) {
  Levels levels = identity_levels();
  for (std::uint8_t& level : levels) {
    if (level >= threshold) level = static_cast<std::uint8_t>(255 - level);
  }
  replace(levels, picture);
}

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;  // clang 14 does not find it by itself

}  // namespace

void append(PixelProgram& program, const PixelOperation& operation) {
  const auto* linear = std::get_if<LinearColor>(&operation);
  auto* last = program.empty() ? nullptr : std::get_if<LinearColor>(&program.back());
  if (linear != nullptr && last != nullptr) {
    *last = *last * *linear;
  } else {
    program.push_back(operation);
  }
}

void PixelProcessor::sharpen(double factor, const ImageTarget& picture) {
  const std::span<std::uint8_t> bytes = bytes_of(picture);
  copy_.assign(bytes.begin(), bytes.end());
  const std::ptrdiff_t channels = picture.channels;
  const std::ptrdiff_t row = picture.width * channels;
  // The blur weighs its nine pixels 1 to 8 times 1 and the middle 5, of 13.
  const auto own = static_cast<int>(std::lround(65536 * (factor + (1 - factor) * 4 / 13)));
  const auto others = static_cast<int>(std::lround(65536 * (1 - factor) / 13));
  for (std::ptrdiff_t y = 1; y + 1 < picture.height; ++y) {
    const std::uint8_t* from = copy_.data() + y * row;
    std::uint8_t* to = picture.pixels + y * row;
    for (std::ptrdiff_t i = channels; i < row - channels; ++i) {
      int nine = 0;
      for (const std::ptrdiff_t line : {i - row, i, i + row}) {
        nine += from[line - channels] + from[line] + from[line + channels];
      }
      const int level = (own * from[i] + others * nine + 32768) >> 16;
      to[i] = static_cast<std::uint8_t>(std::clamp(level, 0, 255));
    }
  }
}

void PixelProcessor::run(const PixelProgram& program, const ImageTarget& picture) {
  for (const PixelOperation& operation : program) {
    std::visit(Overloaded{
                   [&](const LinearColor& color) { apply(color, picture); },
                   [&](const Sharpness& sharpness) { sharpen(sharpness.factor, picture); },
                   [&](const Posterize& kept) { posterize(kept.bits, picture); },
                   [&](const Solarize& solarized) { solarize(solarized.threshold, picture); },
                   [&](const AutoContrast&) { replace_by_histogram(stretched, picture); },
                   [&](const Equalize&) { replace_by_histogram(equalized, picture); },
               },
               operation);
  }
}

}  // namespace lockstep
