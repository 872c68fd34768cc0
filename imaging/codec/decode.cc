#include "imaging/codec/decode.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "core/error.h"
#include "imaging/codec/file_kind.h"
#include "imaging/codec/jpeg.h"
#include "imaging/codec/png.h"
#include "imaging/codec/webp.h"

namespace lockstep {
namespace {

struct Decoder {
  ImageFormat format;
  bool (*recognises)(std::span<const std::byte> encoded);
  ImageInfo (*probe)(std::span<const std::byte> encoded);
  /// The pixels as the file stores them, not turned upright.
  ImageInfo (*decode)(std::span<const std::byte> encoded, Image& image, int channels);
};

/// All formats that are read.
constexpr Decoder kDecoders[] = {
    {ImageFormat::jpeg, is_jpeg, probe_jpeg, decode_jpeg},
    {ImageFormat::png, is_png, probe_png, decode_png},
    {ImageFormat::webp, is_webp, probe_webp, decode_webp},
};

/// nullptr where no format's first bytes are these.
const Decoder* find_decoder(std::span<const std::byte> encoded) {
  const auto* found = std::ranges::find_if(
      kDecoders, [&](const Decoder& decoder) { return decoder.recognises(encoded); });
  return found == std::end(kDecoders) ? nullptr : found;
}

const Decoder& decoder_of(std::span<const std::byte> encoded) {
  const Decoder* decoder = find_decoder(encoded);
  if (decoder == nullptr) {
    fail(ExitCode::data, "neither a JPEG nor a PNG nor a WebP, but {}",
         describe_file(encoded).text);
  }
  return *decoder;
}

}  // namespace

std::optional<ImageFormat> find_format(std::span<const std::byte> encoded) {
  const Decoder* decoder = find_decoder(encoded);
  if (decoder == nullptr) return std::nullopt;
  return decoder->format;
}

ImageInfo probe_image(std::span<const std::byte> encoded) {
  return decoder_of(encoded).probe(encoded);
}

void decode(std::span<const std::byte> encoded, Image& image, int channels) {
  assert(channels == 1 || channels == 3);
  const ImageInfo info = decoder_of(encoded).decode(encoded, image, channels);
  if (info.orientation == 1) return;
  Image upright;
  turn_upright(image.view(), info.orientation, upright);
  std::swap(image, upright);
}

}  // namespace lockstep
