#include "imaging/codec/png.h"

#include <algorithm>
#include <array>
#include <memory>
#include <spng.h>

#include "core/error.h"
#include "imaging/codec/exif.h"
#include "imaging/pixels/color.h"

namespace lockstep {
namespace {

// What colour profiles and texts may unpack to; pixels do not count.
constexpr std::size_t kMaxChunkBytes = std::size_t{64} << 20;

void check_spng(int result) {
  check(result == SPNG_OK, result == SPNG_EMEM ? ExitCode::internal : ExitCode::data,
        "damaged PNG: {}", spng_strerror(result));
}

/// The file's last chunk is there in whole. libspng stops at its name, four bytes early.
bool has_end(std::span<const std::byte> encoded) {
  constexpr std::array<unsigned char, 8> end = {'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82};
  const auto found = std::find_end(encoded.begin(), encoded.end(), end.begin(), end.end(),
                                   [](std::byte a, unsigned char b) { return a == std::byte{b}; });
  return found != encoded.end();
}

/// A PNG whose header has been read.
class PngReader {
 public:
  explicit PngReader(std::span<const std::byte> encoded)
      : encoded_(encoded), context_(spng_ctx_new(0), &spng_ctx_free) {
    check(context_ != nullptr, ExitCode::internal, "libspng: out of memory");
    check_spng(spng_set_chunk_limits(context_.get(), kMaxChunkBytes, kMaxChunkBytes));
    // A damaged comment costs nobody a pixel.
    check_spng(spng_set_crc_action(context_.get(), SPNG_CRC_ERROR, SPNG_CRC_DISCARD));
    check_spng(spng_set_png_buffer(context_.get(), encoded.data(), encoded.size()));
    check_spng(spng_get_ihdr(context_.get(), &header_));
    check_image_size(header_.height, header_.width);
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

  /// libspng makes RGB of every PNG, but grey only of grey ones of up to 8 bits.
  void read(Image& image, int channels) {
    if (channels == 3) {
      read_as(SPNG_FMT_RGB8, image, 3);
    } else if (header_.color_type == SPNG_COLOR_TYPE_GRAYSCALE && header_.bit_depth <= 8) {
      read_as(SPNG_FMT_G8, image, 1);
    } else {
      Image rgb;
      read_as(SPNG_FMT_RGB8, rgb, 3);
      convert_channels(rgb.view(), 1, image);
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
    // To the file's end, so that one that was cut short is found however little is missing.
    check_spng(spng_decode_chunks(context_.get()));
    check(has_end(encoded_), ExitCode::data, "damaged PNG: it was cut short");
  }

  std::span<const std::byte> encoded_;
  std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> context_;
  spng_ihdr header_{};
  int orientation_ = 1;
};

}  // namespace

bool is_png(std::span<const std::byte> encoded) {
  constexpr std::array<unsigned char, 8> signature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  return encoded.size() >= signature.size() &&
         std::equal(signature.begin(), signature.end(), encoded.begin(),
                    [](unsigned char a, std::byte b) { return std::byte{a} == b; });
}

ImageInfo probe_png(std::span<const std::byte> encoded) { return PngReader(encoded).info(); }

ImageInfo decode_png(std::span<const std::byte> encoded, Image& image, int channels) {
  PngReader reader(encoded);
  reader.read(image, channels);
  return reader.info();
}

}  // namespace lockstep
