#include "imaging/decode.h"

#include <cassert>

#include "core/error.h"
#include "imaging/jpeg.h"
#include "imaging/png.h"

namespace lockstep {
namespace {

ImageFormat format_of(std::span<const std::byte> encoded) {
  if (is_jpeg(encoded)) return ImageFormat::jpeg;
  if (is_png(encoded)) return ImageFormat::png;
  fail(ExitCode::data, "neither a JPEG nor a PNG ({} bytes that start otherwise)", encoded.size());
}

}  // namespace

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

ImageInfo probe_image(std::span<const std::byte> encoded) {
  return format_of(encoded) == ImageFormat::jpeg ? probe_jpeg(encoded) : probe_png(encoded);
}

void decode(std::span<const std::byte> encoded, Image& image, int channels) {
  assert(channels == 1 || channels == 3);
  if (format_of(encoded) == ImageFormat::jpeg) {
    decode_jpeg(encoded, image, channels);
  } else {
    decode_png(encoded, image, channels);
  }
}

}  // namespace lockstep
