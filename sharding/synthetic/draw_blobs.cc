#include "sharding/synthetic/draw_blobs.h"

#include <array>

#include "imaging/augment/draws.h"
#include "imaging/pixels/geometry.h"
#include "sharding/synthetic/noisy_pixels.h"

namespace lockstep {
namespace {

/// Places and lengths are in units of the picture's side.
struct Blob {
  Point centre;
  double deviation = 0;
  Color color;  ///< what it adds where it is densest
};
using Pattern = std::array<Blob, 6>;

RandomSequence numbers(const SyntheticOptions& options, SyntheticNumbers use, std::uint64_t of) {
  return {options.seed, RandomPurpose::synthetic, static_cast<std::uint64_t>(use), of};
}

Pattern pattern_of(const SyntheticOptions& options, int label) {
  RandomSequence random =
      numbers(options, SyntheticNumbers::pattern, static_cast<std::uint64_t>(label));
  Pattern pattern;
  for (Blob& blob : pattern) {
    blob.centre = {draw_uniform({0.1, 0.9}, random), draw_uniform({0.1, 0.9}, random)};
    blob.deviation = draw_uniform({0.1, 0.2}, random);
    for (double& channel : blob.color) channel = draw_symmetric(0.5, random);
  }
  return pattern;
}

/// exp(-square / 2), within 2 %, of arithmetic alone: the C library's differs between versions.
double bell(double square) {
  const double base = 1 - square / 16;
  if (base <= 0) return 0;
  const double to_2 = base * base;
  const double to_4 = to_2 * to_2;
  return to_4 * to_4;
}

}  // namespace

void draw_blobs(const SyntheticOptions& options, std::uint64_t sample, std::span<std::byte> bytes) {
  Pattern pattern = pattern_of(options, options.class_of(sample));
  RandomSequence random = numbers(options, SyntheticNumbers::drawing, sample);
  const Point move{draw_symmetric(0.05, random), draw_symmetric(0.05, random)};
  const double light = 0.5 + draw_symmetric(0.1, random);
  const double contrast = draw_uniform({0.7, 1.1}, random);
  for (Blob& blob : pattern) {
    blob.centre = {blob.centre.x + move.x, blob.centre.y + move.y};
    for (double& channel : blob.color) channel *= contrast;
  }
  NoisyPixels pixels(options, sample, draw_uniform({0.05, 0.1}, random), bytes);
  for (int y = 0; y < options.size; ++y) {
    for (int x = 0; x < options.size; ++x) {
      Color color{light, light, light};
      for (const Blob& blob : pattern) {
        const double dx = ((x + 0.5) / options.size - blob.centre.x) / blob.deviation;
        const double dy = ((y + 0.5) / options.size - blob.centre.y) / blob.deviation;
        const double density = bell(dx * dx + dy * dy);
        for (std::size_t i = 0; i < color.size(); ++i) color[i] += density * blob.color[i];
      }
      pixels.put(color);
    }
  }
}

}  // namespace lockstep
