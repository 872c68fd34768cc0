#include "imaging/codec/decode.h"

#include <cassert>
#include <utility>

#include "core/error.h"
#include "imaging/codec/jpeg.h"
#include "imaging/codec/png.h"
#include "imaging/codec/webp.h"

namespace lockstep {
namespace {

ImageFormat format_of(std::span<const std::byte> encoded) {
  const std::optional<ImageFormat> format = find_format(encoded);
  check(format.has_value(), ExitCode::data,
        "neither a JPEG nor a PNG nor a WebP ({} bytes that start otherwise)", encoded.size());
  return *format;
}

}  // namespace

std::optional<ImageFormat> find_format(std::span<const std::byte> encoded) {
  if (is_jpeg(encoded)) return ImageFormat::jpeg;
  if (is_png(encoded)) return ImageFormat::png;
  if (is_webp(encoded)) return ImageFormat::webp;
  return std::nullopt;
}

void check_image_size(std::uint64_t height, std::uint64_t width) {
  check(height > 0 && width > 0, ExitCode::data, "an image of {} x {} pixels is empty", width,
        height);
  if (height <= kMaxImageSide && width <= kMaxImageSide && height * width <= kMaxImagePixels)
    return;
  throw ImageTooLarge(
      ExitCode::data,
      fmt::format("an image of {} x {} pixels is too large (the limits are {} pixels a side and {} "
                  "in all); shrink it first",
                  width, height, kMaxImageSide, kMaxImagePixels));
}

ImageInfo info_of_stored(ImageFormat format, int height, int width, int channels, int orientation) {
  if (exchanges_sides(orientation)) std::swap(height, width);
  return {format, height, width, channels, orientation};
}

ImageInfo probe_image(std::span<const std::byte> encoded) {
  switch (format_of(encoded)) {
    case ImageFormat::jpeg:
      return JpegDecoder().open(encoded);
    case ImageFormat::png:
      return probe_png(encoded);
    case ImageFormat::webp:
      return probe_webp(encoded);
  }
  return {};
}

void decode(std::span<const std::byte> encoded, Image& image, int channels) {
  assert(channels == 1 || channels == 3);
  ImageInfo info;
  switch (format_of(encoded)) {
    case ImageFormat::jpeg: {
      JpegDecoder decoder;
      info = decoder.open(encoded);
      decoder.decode(image, channels);
      break;
    }
    case ImageFormat::png:
      info = decode_png(encoded, image, channels);
      break;
    case ImageFormat::webp:
      info = decode_webp(encoded, image, channels);
      break;
  }
  if (info.orientation == 1) return;
  Image upright;
  turn_upright(image.view(), info.orientation, upright);
  std::swap(image, upright);
}

}  // namespace lockstep
