#include "imaging/warp.h"

#include <algorithm>
#include <cmath>

namespace lockstep {
namespace {

int at_border(int i, int size, Border border) {
  return border == Border::reflect ? reflected(i, size) : std::clamp(i, 0, size - 1);
}

double pixel(const ImageView& image, int y, int x, int c, Border border) {
  y = at_border(y, image.height, border);
  x = at_border(x, image.width, border);
  return image.row(y)[x * image.channels + c];
}

double bilinear(const ImageView& image, Point p, int c, Border border) {
  const double x = p.x - 0.5;
  const double y = p.y - 0.5;
  const int x0 = static_cast<int>(std::floor(x));
  const int y0 = static_cast<int>(std::floor(y));
  const double fx = x - x0;
  const double fy = y - y0;
  return (1 - fy) * ((1 - fx) * pixel(image, y0, x0, c, border) +
                     fx * pixel(image, y0, x0 + 1, c, border)) +
         fy * ((1 - fx) * pixel(image, y0 + 1, x0, c, border) +
               fx * pixel(image, y0 + 1, x0 + 1, c, border));
}

}  // namespace

void warp(const ImageView& view, const Homography& output_to_source, Border border, int height,
          int width, std::uint8_t* out) {
  const Point origin = output_to_source({0, 0});
  const Point right = output_to_source({1, 0});
  const Point down = output_to_source({0, 1});
  const double longest = std::max(std::hypot(right.x - origin.x, right.y - origin.y),
                                  std::hypot(down.x - origin.x, down.y - origin.y));
  const int samples = std::clamp(static_cast<int>(std::ceil(longest - 1e-9)), 1, 64);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Point centre = output_to_source({x + 0.5, y + 0.5});
      const bool inside =
          centre.x >= 0 && centre.x < view.width && centre.y >= 0 && centre.y < view.height;
      if (!inside && border == Border::black) {
        out = std::fill_n(out, view.channels, std::uint8_t{0});
        continue;
      }
      for (int c = 0; c < view.channels; ++c) {
        double sum = 0;
        for (int j = 0; j < samples; ++j) {
          for (int i = 0; i < samples; ++i) {
            sum +=
                bilinear(view, output_to_source({x + (i + 0.5) / samples, y + (j + 0.5) / samples}),
                         c, border);
          }
        }
        *out++ = static_cast<std::uint8_t>(sum / (samples * samples) + 0.5);
      }
    }
  }
}

}  // namespace lockstep
