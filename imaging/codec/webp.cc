#include "imaging/codec/webp.h"

#include <cstdint>
#include <memory>

#include <webp/decode.h>
#include <webp/demux.h>

#include "core/error.h"
#include "imaging/codec/exif.h"
#include "imaging/codec/signature.h"
#include "imaging/pixels/color.h"

namespace lockstep {
namespace {

const std::uint8_t* data_of(std::span<const std::byte> encoded) {
  return reinterpret_cast<const std::uint8_t*>(encoded.data());
}

int orientation_of(WebPDemuxer* file) {
  if ((WebPDemuxGetI(file, WEBP_FF_FORMAT_FLAGS) & EXIF_FLAG) == 0) return 1;
  WebPChunkIterator chunk;
  if (WebPDemuxGetChunk(file, "EXIF", 1, &chunk) == 0) return 1;
  const int orientation =
      exif_orientation({reinterpret_cast<const std::byte*>(chunk.chunk.bytes), chunk.chunk.size});
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

}  // namespace

bool is_webp(std::span<const std::byte> encoded) {
  return has_signature(encoded, "RIFF") && has_signature(encoded, "WEBP", 8);
}

bool is_animated_webp(std::span<const std::byte> encoded) {
  WebPBitstreamFeatures features;
  return is_webp(encoded) &&
         WebPGetFeatures(data_of(encoded), encoded.size(), &features) == VP8_STATUS_OK &&
         features.has_animation != 0;
}

ImageInfo probe_webp(std::span<const std::byte> encoded) {
  WebPBitstreamFeatures features;
  check(WebPGetFeatures(data_of(encoded), encoded.size(), &features) == VP8_STATUS_OK,
        ExitCode::data, "damaged WebP: its header cannot be read");
  check(features.has_animation == 0, ExitCode::data,
        "an animated WebP is not one image; keep one of its frames as a file");
  check_decodable_size(static_cast<std::uint64_t>(features.height),
                       static_cast<std::uint64_t>(features.width));
  const WebPData data{data_of(encoded), encoded.size()};
  const std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)> file(WebPDemux(&data),
                                                                      &WebPDemuxDelete);
  check(file != nullptr, ExitCode::data, "damaged WebP: it was cut short, or its chunks are wrong");
  return info_of_stored(ImageFormat::webp, features.height, features.width, 3,
                        orientation_of(file.get()));
}

ImageInfo decode_webp(std::span<const std::byte> encoded, Image& image, int channels) {
  const ImageInfo info = probe_webp(encoded);
  from_rgb(channels, image, [&](Image& rgb) {
    rgb.reshape(info.stored_height(), info.stored_width(), 3);
    check(WebPDecodeRGBInto(data_of(encoded), encoded.size(), rgb.row(0), rgb.size_bytes(),
                            static_cast<int>(rgb.row_bytes())) != nullptr,
          ExitCode::data, "damaged WebP: its pixels cannot be decoded");
  });
  return info;
}

}  // namespace lockstep
