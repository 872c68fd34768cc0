#include "imaging/codec/png.h"

#include <algorithm>

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

  /// A header that claims more than the file can hold takes no memory: deflate makes at most 1032
  /// bytes of one.
  void check_claim() {
    std::size_t size = 0;
    check_spng(spng_decoded_image_size(context_.get(), SPNG_FMT_RAW, &size));
    check(size / 1032 <= encoded_.size(), ExitCode::data,
          "damaged PNG: its {} bytes cannot hold {} x {} pixels", encoded_.size(), header_.width,
          header_.height);
  }

  /// Grey or RGB of 16 bits, as the file stores them, without alpha.
  WidePixels read_wide() {
    check(header_.bit_depth == 16, ExitCode::internal, "not a PNG of 16 bits");
    check_claim();
    WidePixels wide{.height = info().stored_height(),
                    .width = info().stored_width(),
                    .channels = info().channels,
                    .values = {}};
    const bool has_alpha = header_.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
                           header_.color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
    const std::size_t samples = static_cast<std::size_t>(wide.channels) + (has_alpha ? 1 : 0);
    const std::size_t pixels =
        static_cast<std::size_t>(wide.height) * static_cast<std::size_t>(wide.width);
    wide.values.resize(pixels * samples);
    decode_to_end(SPNG_FMT_PNG, wide.values.data(), wide.values.size() * sizeof(std::uint16_t));
    if (has_alpha) {
      const auto colours = static_cast<std::size_t>(wide.channels);
      for (std::size_t i = 0; i < pixels; ++i) {
        for (std::size_t c = 0; c < colours; ++c) {
          wide.values[i * colours + c] = wide.values[i * samples + c];
        }
      }
      wide.values.resize(pixels * colours);
    }
    wide.largest = std::ranges::max(wide.values);
    spng_sbit bits{};
    if (spng_get_sbit(context_.get(), &bits) == SPNG_OK) {
      wide.significant_bits = wide.channels == 1
                                  ? bits.grayscale_bits
                                  : std::max({bits.red_bits, bits.green_bits, bits.blue_bits});
    }
    return wide;
  }

  /// libspng decodes every PNG to RGB, but only grey ones of up to 8 bits to grey.
  void read(Image& image, int channels) {
    check_claim();
    if (channels == 1 && header_.color_type == SPNG_COLOR_TYPE_GRAYSCALE &&
        header_.bit_depth <= 8) {
      read_as(SPNG_FMT_G8, image, 1);
    } else {
      from_rgb(channels, image, [&](Image& rgb) { read_as(SPNG_FMT_RGB8, rgb, 3); });
    }
  }

 private:
  void read_as(spng_format format, Image& image, int channels) {
    image.reshape(info().stored_height(), info().stored_width(), channels);
    decode_to_end(format, image.row(0), image.size_bytes());
  }

  void decode_to_end(spng_format format, void* pixels, std::size_t bytes) {
    std::size_t size = 0;
    check_spng(spng_decoded_image_size(context_.get(), format, &size));
    check(size == bytes, ExitCode::internal, "libspng decodes to {} bytes, not {}", size, bytes);
    check_spng(spng_decode_image(context_.get(), pixels, size, format, 0));
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

bool is_animated_png(std::span<const std::byte> encoded) {
  if (!is_png(encoded)) return false;
  const auto number_at = [&](std::size_t i) {
    std::uint32_t number = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      number = number << 8 | std::to_integer<std::uint32_t>(encoded[i + k]);
    }
    return number;
  };
  // Chunks: length, name, data, checksum. The animation's is before the first with pixels.
  constexpr std::size_t kSignature = 8, kAround = 12;
  for (std::size_t i = kSignature; i + kAround <= encoded.size();) {
    const std::size_t length = number_at(i);
    if (has_signature(encoded, "IDAT", i + 4)) return false;
    if (has_signature(encoded, "acTL", i + 4)) {
      return i + kAround + 4 <= encoded.size() && number_at(i + 8) > 1;
    }
    if (length > encoded.size() - i - kAround) return false;
    i += kAround + length;
  }
  return false;
}

bool is_wide_png(std::span<const std::byte> encoded) {
  constexpr std::size_t kDepth = 24;  // in the header, which is the first chunk
  return is_png(encoded) && encoded.size() > kDepth && encoded[kDepth] == std::byte{16};
}

WidePixels decode_wide_png(std::span<const std::byte> encoded) {
  PngReader reader(encoded);
  WidePixels stored = reader.read_wide();
  const int orientation = reader.info().orientation;
  if (orientation == 1) return stored;
  // Turned as two images of 8 bits: the high bytes and the low ones.
  WidePixels upright = stored;
  for (const int shift : {8, 0}) {
    Image part;
    part.reshape(stored.height, stored.width, stored.channels);
    std::ranges::transform(stored.values, part.row(0), [&](std::uint16_t value) {
      return static_cast<std::uint8_t>(value >> shift);
    });
    Image turned;
    turn_upright(part.view(), orientation, turned);
    upright.height = turned.height();
    upright.width = turned.width();
    const std::uint8_t* byte = turned.row(0);
    for (std::uint16_t& value : upright.values) {
      const unsigned high = shift == 8 ? 0u : value;
      value = static_cast<std::uint16_t>(high | unsigned{*byte++} << shift);
    }
  }
  return upright;
}

void narrow(const WidePixels& wide, unsigned maximum, Image& image) {
  image.reshape(wide.height, wide.width, wide.channels);
  std::ranges::transform(wide.values, image.row(0), [&](std::uint16_t value) {
    const unsigned within = std::min<unsigned>(value, maximum);
    return static_cast<std::uint8_t>((within * 255 + maximum / 2) / maximum);
  });
}

}  // namespace lockstep
