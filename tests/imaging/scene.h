#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "imaging/pixels/image.h"

namespace lockstep {

/// A picture of soft shapes, the same at any size: `seed` decides what is on it.
inline Image scene(unsigned seed, int height, int width) {
  struct Blob {
    double x, y, radius, color[3];
  };
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
  std::vector<Blob> blobs(24);
  for (Blob& blob : blobs) {
    blob = {uniform(), uniform(), 0.05 + 0.2 * uniform(), {}};
    for (double& color : blob.color) color = 160 * uniform() - 80;
  }
  Image image;
  image.reshape(height, width, 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        double value = 120;
        for (const Blob& blob : blobs) {
          const double dx = ((x + 0.5) / width - blob.x) / blob.radius;
          const double dy = ((y + 0.5) / height - blob.y) / blob.radius;
          value += blob.color[c] * std::exp(-dx * dx - dy * dy);
        }
        image.row(y)[3 * x + c] = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
      }
    }
  }
  return image;
}

}  // namespace lockstep
