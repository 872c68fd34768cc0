#include "imaging/image_renderer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "imaging/color.h"

namespace lockstep {
namespace {

int at_border(int i, int size, Border border) {
  if (i >= 0 && i < size) return i;
  if (border != Border::reflect || size == 1) return std::clamp(i, 0, size - 1);
  const int period = 2 * size - 2;
  const int folded = (i % period + period) % period;
  return folded < size ? folded : period - folded;
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

struct ImageRenderer::State {
  StoredImage stored;
  ImageInfo info;
  Image decoded;
  Image converted;
};

ImageRenderer::ImageRenderer() : state_(std::make_unique<State>()) {}
ImageRenderer::~ImageRenderer() = default;
ImageRenderer::ImageRenderer(ImageRenderer&&) noexcept = default;
ImageRenderer& ImageRenderer::operator=(ImageRenderer&&) noexcept = default;

ImageInfo ImageRenderer::open(const StoredImage& image) {
  state_->stored = image;
  if (!image.is_raw()) return state_->info = probe_image(image.bytes);
  check_image_size(static_cast<std::uint64_t>(image.height),
                   static_cast<std::uint64_t>(image.width));
  state_->info.height = image.height;
  state_->info.width = image.width;
  state_->info.channels = image.channels;
  return state_->info;
}

void ImageRenderer::render(const Homography& output_to_source, Border border,
                           const ImageTarget& target) {
  const StoredImage& stored = state_->stored;
  ImageView view;
  if (stored.is_raw()) {
    view = {reinterpret_cast<const std::uint8_t*>(stored.bytes.data()), stored.height, stored.width,
            stored.channels, std::ptrdiff_t{stored.width} * stored.channels};
    if (view.channels != target.channels) {
      convert_channels(view, target.channels, state_->converted);
      view = state_->converted.view();
    }
  } else {
    decode(stored.bytes, state_->decoded, target.channels);
    view = state_->decoded.view();
  }
  const Point origin = output_to_source({0, 0});
  const Point right = output_to_source({1, 0});
  const Point down = output_to_source({0, 1});
  const double longest = std::max(std::hypot(right.x - origin.x, right.y - origin.y),
                                  std::hypot(down.x - origin.x, down.y - origin.y));
  const int samples = std::clamp(static_cast<int>(std::ceil(longest - 1e-9)), 1, 64);
  std::uint8_t* out = target.pixels;
  for (int y = 0; y < target.height; ++y) {
    for (int x = 0; x < target.width; ++x) {
      const Point centre = output_to_source({x + 0.5, y + 0.5});
      const bool inside =
          centre.x >= 0 && centre.x < view.width && centre.y >= 0 && centre.y < view.height;
      if (!inside && border == Border::black) {
        out = std::fill_n(out, target.channels, std::uint8_t{0});
        continue;
      }
      for (int c = 0; c < target.channels; ++c) {
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
