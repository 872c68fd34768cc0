#include "imaging/codec/png.h"

#include "imaging/codec/exif.h"
#include "imaging/codec/png_context.h"
#include "imaging/codec/signature.h"
#include "imaging/pixels/color.h"

namespace lockstep {
namespace {

// The limit on unpacked colour profiles and texts; pixels do not count.
constexpr std::size_t kMaxChunkBytes = std::size_t{64} << 20;

void check_spng(int result) { check_spng(result, ExitCode::data, "damaged PNG"); }

/// A PNG whose header has been read.
class PngReader {
 public:
  explicit PngReader(std::span<const std::byte> encoded)
      : encoded_(encoded), context_(make_png_context(0)) {
    check_spng(spng_set_chunk_limits(context_.get(), kMaxChunkBytes, kMaxChunkBytes));
    // A damaged comment does not affect the pixels.
    check_spng(spng_set_crc_action(context_.get(), SPNG_CRC_ERROR, SPNG_CRC_DISCARD));
    check_spng(spng_set_png_buffer(context_.get(), encoded.data(), encoded.size()));
    check_spng(spng_get_ihdr(context_.get(), &header_));
    check_decodable_size(header_.height, header_.width);
    spng_exif exif{};
    if (spng_get_exif(context_.get(), &exif) == SPNG_OK) {
      orientation_ = exif_orientation({reinterpret_cast<const std::byte*>(exif.data), exif.length});
    }
  }

  ImageInfo info() const {
    const bool grey = header_.color_type == SPNG_COLOR_TYPE_GRAYSCALE ||
                      header_.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
    return info_of_stored(ImageFormat::png, static_cast<int>(header_.height),
                          static_cast<int>(header_.width), grey ? 1 : 3, orientation_);
  }

  /// libspng decodes every PNG to RGB, but only grey ones of up to 8 bits to grey.
  void read(Image& image, int channels) {
    if (channels == 1 && header_.color_type == SPNG_COLOR_TYPE_GRAYSCALE &&
        header_.bit_depth <= 8) {
      read_as(SPNG_FMT_G8, image, 1);
    } else {
      from_rgb(channels, image, [&](Image& rgb) { read_as(SPNG_FMT_RGB8, rgb, 3); });
    }
  }

 private:
  void read_as(spng_format format, Image& image, int channels) {
    std::size_t size = 0;
    check_spng(spng_decoded_image_size(context_.get(), format, &size));
    image.reshape(info().stored_height(), info().stored_width(), channels);
    check(size == image.size_bytes(), ExitCode::internal, "libspng decodes to {} bytes, not {}",
          size, image.size_bytes());
    check_spng(spng_decode_image(context_.get(), image.row(0), size, format, 0));
    // To the file's end, so that a truncated file is found however little is missing.
    check_spng(spng_decode_chunks(context_.get()));
    // libspng stops at the last chunk's name, four bytes early.
    check(contains_signature(encoded_, "IEND\xae\x42\x60\x82"), ExitCode::data,
          "damaged PNG: it was cut short");
  }

  std::span<const std::byte> encoded_;
  PngContext context_;
  spng_ihdr header_{};
  int orientation_ = 1;
};

}  // namespace

bool is_png(std::span<const std::byte> encoded) {
  return has_signature(encoded, "\x89PNG\r\n\x1a\n");
}

ImageInfo probe_png(std::span<const std::byte> encoded) { return PngReader(encoded).info(); }

ImageInfo decode_png(std::span<const std::byte> encoded, Image& image, int channels) {
  PngReader reader(encoded);
  reader.read(image, channels);
  return reader.info();
}

}  // namespace lockstep
