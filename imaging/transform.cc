#include "imaging/transform.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "core/error.h"
#include "imaging/color.h"
#include "imaging/resize.h"

namespace lockstep {
namespace {

using Levels = std::array<float, 256>;

/// The largest part around the centre that has the proportions of height x width.
ImageView centre_of(const ImageView& image, int height, int width) {
  const auto scaled = [](int side, int numerator, int denominator) {
    const auto product = std::int64_t{side} * numerator + denominator / 2;
    return static_cast<int>(std::max<std::int64_t>(1, product / denominator));
  };
  int part_height = image.height;
  int part_width = image.width;
  if (std::int64_t{image.width} * height > std::int64_t{image.height} * width) {
    part_width = std::min(part_width, scaled(image.height, width, height));
  } else {
    part_height = std::min(part_height, scaled(image.width, height, width));
  }
  return image.part((image.height - part_height) / 2, (image.width - part_width) / 2, part_height,
                    part_width);
}

/// Writes one row of `width` pixels, normalised: `black` on the left, `pixels` source pixels, black
/// on the right. `out` is where the leftmost one goes and `step` is from one to the next: to the
/// left for a mirrored row.
template <int channels>
void write_row(const Levels* levels, const std::uint8_t* source, int black, int pixels, int width,
               float* out, std::ptrdiff_t step) {
  const auto write_black = [&](int count) {
    for (int x = 0; x < count; ++x, out += step) {
      for (int c = 0; c < channels; ++c) out[c] = levels[c][0];
    }
  };
  write_black(black);
  for (int x = 0; x < pixels; ++x, source += channels, out += step) {
    for (int c = 0; c < channels; ++c) out[c] = levels[c][source[c]];
  }
  write_black(width - black - pixels);
}

/// Augments and normalises an image that has the output's size already.
template <int channels>
void render(const ImageView& image, const Augmentation& augmentation, const Levels* levels,
            float* out) {
  const int width = image.width;
  const int black = std::clamp(-augmentation.shift_x, 0, width);
  const int end = std::clamp(width - augmentation.shift_x, black, width);
  const int source_x = std::min(black + augmentation.shift_x, width);
  const std::ptrdiff_t step = augmentation.flip ? -channels : channels;
  for (int y = 0; y < image.height; ++y, out += std::ptrdiff_t{width} * channels) {
    float* const left = augmentation.flip ? out + std::ptrdiff_t{width - 1} * channels : out;
    const int source_y = y + augmentation.shift_y;
    if (source_y < 0 || source_y >= image.height) {
      write_row<channels>(levels, nullptr, width, 0, width, left, step);
    } else {
      const std::uint8_t* source = image.row(source_y) + std::ptrdiff_t{source_x} * channels;
      write_row<channels>(levels, source, black, end - black, width, left, step);
    }
  }
}

float of_channel(const std::vector<float>& values, int channel) {
  return values[values.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
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
  const auto channels = static_cast<std::size_t>(options.channels);
  for (const auto* values : {&options.mean, &options.std}) {
    check(values->size() == 1 || values->size() == channels, ExitCode::usage,
          "mean and standard deviation have {} values; 1 or {} (one per channel) are needed",
          values->size(), channels);
  }
  normalised_.resize(channels);
  for (int c = 0; c < options.channels; ++c) {
    const float mean = of_channel(options.mean, c);
    const float std = of_channel(options.std, c);
    check(std > 0, ExitCode::data,
          "the standard deviation of channel {} is {}, it must be positive", c, std);
    for (int value = 0; value < 256; ++value) {
      normalised_[c][value] = (static_cast<float>(value) / 255.0f - mean) / std;
    }
  }
}

std::size_t ImageTransform::size() const {
  return std::size_t(options_.height) * std::size_t(options_.width) * normalised_.size();
}

void ImageTransform::apply(ImageView image, const Augmentation& augmentation,
                           std::span<float> out) {
  assert(out.size() == size());
  if (image.height != options_.height || image.width != options_.width) {
    resize(centre_of(image, options_.height, options_.width), options_.height, options_.width,
           resized_);
    image = resized_.view();
  }
  if (image.channels != options_.channels) {
    convert_channels(image, options_.channels, converted_);
    image = converted_.view();
  }
  const auto render_channels = options_.channels == 1 ? render<1> : render<3>;
  render_channels(image, augmentation, normalised_.data(), out.data());
}

}  // namespace lockstep
