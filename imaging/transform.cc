#include "imaging/transform.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "core/error.h"

namespace lockstep {
namespace {

/// From the network's input to the largest part around the image's centre that has its proportions.
Homography centre_crop(const ImageInfo& image, const TransformOptions& target) {
  const auto scaled = [](int side, int numerator, int denominator) {
    const auto product = std::int64_t{side} * numerator + denominator / 2;
    return static_cast<int>(std::max<std::int64_t>(1, product / denominator));
  };
  int height = image.height;
  int width = image.width;
  if (std::int64_t{width} * target.height > std::int64_t{height} * target.width) {
    width = std::min(width, scaled(height, target.width, target.height));
  } else {
    height = std::min(height, scaled(width, target.height, target.width));
  }
  return translation((image.width - width) / 2, (image.height - height) / 2) *
         scaling(static_cast<double>(width) / target.width,
                 static_cast<double>(height) / target.height);
}

}  // namespace

Augmentation draw_augmentation(const AugmentOptions& options, RandomSequence& random) {
  Augmentation drawn;
  if (options.crop_padding > 0) {
    const auto places = 2 * static_cast<std::uint32_t>(options.crop_padding) + 1;
    drawn.shift_y = static_cast<int>(random.below(places)) - options.crop_padding;
    drawn.shift_x = static_cast<int>(random.below(places)) - options.crop_padding;
  }
  if (options.horizontal_flip) drawn.flip = random.flip(0.5f);
  return drawn;
}

ImageTransform::ImageTransform(const TransformOptions& options) : options_(options) {
  check(options.height > 0 && options.width > 0, ExitCode::usage,
        "the network's input is {} x {} pixels; set data.image_size", options.height,
        options.width);
  check(options.channels == 1 || options.channels == 3, ExitCode::usage,
        "images have 1 or 3 channels, not {}", options.channels);
}

std::size_t ImageTransform::size() const {
  return std::size_t(options_.height) * std::size_t(options_.width) *
         std::size_t(options_.channels);
}

void ImageTransform::apply(const StoredImage& image, const Augmentation& augmentation,
                           std::span<std::uint8_t> out) {
  assert(out.size() == size());
  Homography map = centre_crop(renderer_.open(image), options_) *
                   translation(augmentation.shift_x, augmentation.shift_y);
  if (augmentation.flip) map = map * translation(options_.width, 0) * scaling(-1, 1);
  renderer_.render(map, Border::black,
                   {out.data(), options_.height, options_.width, options_.channels});
}

}  // namespace lockstep
