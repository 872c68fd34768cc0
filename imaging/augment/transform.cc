#include "imaging/augment/transform.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/error.h"

namespace lockstep {
namespace {

Extent picture_of(const TransformOptions& options) { return {options.height, options.width}; }

Extent extent_of(const ImageInfo& info) { return {info.height, info.width}; }

}  // namespace

std::array<std::uint8_t, 3> fill_of_mean(std::span<const float> mean) {
  assert(mean.size() == 1 || mean.size() == 3);
  std::array<std::uint8_t, 3> fill{};
  for (std::size_t c = 0; c < fill.size(); ++c) {
    const float level = std::round(255 * mean[mean.size() == 1 ? 0 : c]);
    fill[c] = static_cast<std::uint8_t>(std::clamp(level, 0.0f, 255.0f));
  }
  return fill;
}

ImageTransform::ImageTransform(const TransformOptions& options, const AugmentOptions& augment)
    : options_(options), augment_(augment) {
  check(options.height > 0 && options.width > 0, ExitCode::usage,
        "the network's input is {} x {} pixels; set data.image_size", options.height,
        options.width);
  check(options.channels == 1 || options.channels == 3, ExitCode::usage,
        "images have 1 or 3 channels, not {}", options.channels);
  check_augment_options(augment);
  check(augment.crop_padding >= 0 && augment.crop_padding < std::min(options.height, options.width),
        ExitCode::usage,
        "data.augment.crop_padding is {}, it must be at least 0 and below the image's size",
        augment.crop_padding);
  check(augment.flip != FlipKind::dihedral || options.height == options.width, ExitCode::usage,
        "data.augment.flip is dihedral, which turns pictures on their sides, but the network's "
        "input is {} x {} pixels; set data.augment.flip: both, or a square data.image_size",
        options.height, options.width);
}

std::size_t ImageTransform::size() const {
  return std::size_t(options_.height) * std::size_t(options_.width) *
         std::size_t(options_.channels);
}

void ImageTransform::apply(const StoredImage& image, std::span<std::uint8_t> out) {
  draw(evaluation_view(augment_, extent_of(renderer_.open(image)), picture_of(options_)), out);
}

void ImageTransform::apply(const StoredImage& image, RandomSequence random,
                           std::span<std::uint8_t> out) {
  const Extent source = extent_of(renderer_.open(image));
  draw(draw_augmentation(augment_, source, picture_of(options_), random), out);
}

void ImageTransform::draw(const Augmentation& augmentation, std::span<std::uint8_t> out) {
  assert(out.size() == size());
  const ImageTarget picture{out.data(), options_.height, options_.width, options_.channels};
  renderer_.render(augmentation.output_to_source, augmentation.border, picture);
  processor_.run(augmentation.program, picture);
  if (augmentation.erasure) erase(*augmentation.erasure, options_.fill, picture);
}

}  // namespace lockstep
