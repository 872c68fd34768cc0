#include "sharding/synthetic/draw_shape.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "imaging/augment/draws.h"
#include "sharding/synthetic/noisy_pixels.h"
#include "sharding/synthetic/shape_class.h"

namespace lockstep {
namespace {

/// From 0 to 1 within one pixel, around the edge that `distance`, in pixels, is 0 at.
double soft_edge(double distance) { return std::clamp(0.5 + distance, 0.0, 1.0); }

/// A unit vector of any direction: no sine, which differs between C libraries.
Point draw_direction(RandomSequence& random) {
  while (true) {
    const Point p{draw_symmetric(1, random), draw_symmetric(1, random)};
    const double square = p.x * p.x + p.y * p.y;
    if (square < 0.01 || square > 1) continue;
    const double length = std::sqrt(square);
    return {p.x / length, p.y / length};
  }
}

/// Across the stripes; y goes down.
Point normal_of(Texture texture) {
  constexpr double kDiagonal = 0.7071067811865476;
  switch (texture) {
    case Texture::plain:
      return {0, 0};
    case Texture::horizontal:
      return {0, 1};
    case Texture::vertical:
      return {1, 0};
    case Texture::rising:
      return {kDiagonal, kDiagonal};
    case Texture::falling:
      return {kDiagonal, -kDiagonal};
  }
  fail(ExitCode::internal, "unknown texture");
}

class Stripes {
 public:
  Stripes(Texture texture, int size, RandomSequence& random)
      : is_plain_(texture == Texture::plain),
        normal_(normal_of(texture)),
        period_(std::max(4.0, 0.16 * size)),
        phase_(random.uniform()) {}

  /// 0 or 1 in turns.
  double at(Point p) const {
    if (is_plain_) return 0;
    const double periods = (p.x * normal_.x + p.y * normal_.y) / period_ + phase_;
    const double part = periods - std::floor(periods);
    return soft_edge((std::abs(2 * part - 1) - 0.5) * period_ / 2);
  }

 private:
  bool is_plain_;
  Point normal_;
  double period_;  ///< in pixels
  double phase_;
};

Range radii_of(ShapeClass::Extent extent) {
  switch (extent) {
    case ShapeClass::Extent::any:
      return {0.26, 0.44};
    case ShapeClass::Extent::small:
      return {0.22, 0.29};
    case ShapeClass::Extent::large:
      return {0.38, 0.46};
  }
  fail(ExitCode::internal, "unknown extent");
}

struct Tones {
  Color shape;
  Color ground;
};

/// Two tones around a random grey, tinted at random.
Tones draw_tones(ShapeClass::Light light, RandomSequence& random) {
  constexpr double kTint = 0.1;
  const double contrast = draw_uniform({0.35, 0.6}, random);
  const double middle = draw_uniform({0.1 + contrast / 2, 0.9 - contrast / 2}, random);
  const bool coin = draw_event(0.5, random);
  const bool is_bright =
      light == ShapeClass::Light::any ? coin : light == ShapeClass::Light::bright;
  const double step = is_bright ? contrast / 2 : -contrast / 2;
  Tones tones;
  for (std::size_t i = 0; i < tones.shape.size(); ++i) {
    tones.shape[i] = middle + step + draw_symmetric(kTint, random);
    tones.ground[i] = middle - step + draw_symmetric(kTint, random);
  }
  return tones;
}

}  // namespace

void draw_shape(const SyntheticOptions& options, std::uint64_t sample, std::span<std::byte> bytes) {
  const ShapeClass what = shape_class(options.class_of(sample), options.classes);
  RandomSequence random(options.seed, RandomPurpose::synthetic,
                        static_cast<std::uint64_t>(SyntheticNumbers::drawing), sample);
  const double radius = options.size * draw_uniform(radii_of(what.extent), random);
  const Range places{radius, options.size - radius};
  const Point centre{draw_uniform(places, random), draw_uniform(places, random)};
  const Point turn = draw_direction(random);
  const Tones tones = draw_tones(what.light, random);
  const Stripes fill(what.fill, options.size, random);
  const Stripes ground(what.ground, options.size, random);

  // How far stripes go towards the other tone: less than half, so that the outline stays.
  constexpr double kFillDepth = 0.45;
  constexpr double kGroundDepth = 0.3;
  NoisyPixels pixels(options, sample, draw_uniform({0.02, 0.06}, random), bytes);
  for (int y = 0; y < options.size; ++y) {
    for (int x = 0; x < options.size; ++x) {
      const Point p{x + 0.5, y + 0.5};
      const double dx = (p.x - centre.x) / radius;
      const double dy = (p.y - centre.y) / radius;
      const Point turned{dx * turn.x + dy * turn.y, dy * turn.x - dx * turn.y};
      const double inside = soft_edge(-radius * outline_distance(what.shape, turned));
      const double share =
          inside * (1 - kFillDepth * fill.at(p)) + (1 - inside) * kGroundDepth * ground.at(p);
      Color color;
      for (std::size_t i = 0; i < color.size(); ++i) {
        color[i] = tones.ground[i] + share * (tones.shape[i] - tones.ground[i]);
      }
      pixels.put(color);
    }
  }
}

}  // namespace lockstep
