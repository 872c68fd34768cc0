#include "imaging/jpeg.h"

#include <algorithm>
#include <array>
#include <jerror.h>
#include <vector>

#include "core/error.h"
#include "imaging/color.h"
#include "imaging/jpeg_errors.h"

namespace lockstep {
namespace {

/// libjpeg only warns of damage, and fills up with grey. Files that other programs write carelessly
/// but whose pixels are all there pass; any other warning is an error.
void judge_message(j_common_ptr decoder, int level) {
  if (level >= 0) return;  // a trace message
  switch (decoder->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
      return;
    default:
      JpegErrors::exit_with_error(decoder);
  }
}

/// One row of inverted inks (255: no cyan, magenta, yellow, black) to grey or RGB: what the inks
/// let through, multiplied.
void convert_inks(std::span<const std::uint8_t> inks, int channels, std::uint8_t* pixel) {
  const auto through = [](unsigned ink, unsigned black) { return (ink * black + 127) / 255; };
  for (; !inks.empty(); inks = inks.subspan(4), pixel += channels) {
    const std::array rgb = {through(inks[0], inks[3]), through(inks[1], inks[3]),
                            through(inks[2], inks[3])};
    if (channels == 1) {
      *pixel = luma(rgb[0], rgb[1], rgb[2]);
    } else {
      std::copy(rgb.begin(), rgb.end(), pixel);
    }
  }
}

/// A JPEG whose header has been read.
class JpegReader {
 public:
  explicit JpegReader(std::span<const std::byte> encoded) {
    guarded([&] {
      jpeg_mem_src(&decoder(), reinterpret_cast<const unsigned char*>(encoded.data()),
                   encoded.size());
      jpeg_read_header(&decoder(), TRUE);
    });
    check_image_size(decoder().image_height, decoder().image_width);
  }

  ImageInfo info() {
    const bool grey = decoder().jpeg_color_space == JCS_GRAYSCALE;
    return {ImageFormat::jpeg, static_cast<int>(decoder().image_height),
            static_cast<int>(decoder().image_width), grey ? 1 : 3};
  }

  void read(Image& image, int channels) {
    const bool has_black =
        decoder().jpeg_color_space == JCS_CMYK || decoder().jpeg_color_space == JCS_YCCK;
    image.reshape(info().height, info().width, channels);
    if (has_black) {
      read_cmyk(image);
    } else {
      decoder().out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
      read_rows([&](JDIMENSION y) { return image.row(static_cast<int>(y)); }, [](JDIMENSION) {});
    }
  }

 private:
  /// Owns what libjpeg allocates. Apart from JpegReader, so that it is freed also where that one's
  /// constructor throws.
  struct Decoder {
    Decoder() {
      state.err = &errors.base;
      errors.base.emit_message = judge_message;
      if (setjmp(errors.jump) != 0) fail(ExitCode::internal, "libjpeg: {}", errors.message);
      jpeg_create_decompress(&state);
    }
    ~Decoder() { jpeg_destroy_decompress(&state); }
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    jpeg_decompress_struct state{};
    JpegErrors errors;
  };

  jpeg_decompress_struct& decoder() { return decoder_.state; }

  /// Runs `calls`, in which libjpeg may jump out: nothing in it may need its destructor.
  template <typename Calls>
  void guarded(const Calls& calls) {
    if (setjmp(decoder_.errors.jump) != 0) {
      fail(ExitCode::data, "damaged JPEG: {}", decoder_.errors.message);
    }
    calls();
  }

  /// Decodes every row into what `row(y)` points to, then calls `done(y)`; reads to the file's end,
  /// so that a file that was cut short is found however little is missing.
  template <typename Row, typename Done>
  void read_rows(const Row& row, const Done& done) {
    guarded([&] {
      jpeg_start_decompress(&decoder());
      while (decoder().output_scanline < decoder().output_height) {
        const JDIMENSION y = decoder().output_scanline;
        JSAMPROW pointer = row(y);
        if (jpeg_read_scanlines(&decoder(), &pointer, 1) == 1) done(y);
      }
      jpeg_finish_decompress(&decoder());
    });
  }

  /// libjpeg converts to no other space from these; it does make CMYK of YCCK.
  void read_cmyk(Image& image) {
    decoder().out_color_space = JCS_CMYK;
    // Adobe's programs, and after them everybody's, store inks inverted: 255 is none.
    const bool inverted = decoder().saw_Adobe_marker != 0;
    std::vector<std::uint8_t> inks(std::size_t{4} * decoder().image_width);
    read_rows([&](JDIMENSION) { return inks.data(); },
              [&](JDIMENSION y) {
                if (!inverted) {
                  for (std::uint8_t& ink : inks) ink = static_cast<std::uint8_t>(255 - ink);
                }
                convert_inks(inks, image.channels(), image.row(static_cast<int>(y)));
              });
  }

  Decoder decoder_;
};

}  // namespace

bool is_jpeg(std::span<const std::byte> encoded) {
  constexpr std::array start = {std::byte{0xff}, std::byte{0xd8}, std::byte{0xff}};
  return encoded.size() >= start.size() && std::equal(start.begin(), start.end(), encoded.begin());
}

ImageInfo probe_jpeg(std::span<const std::byte> encoded) { return JpegReader(encoded).info(); }

void decode_jpeg(std::span<const std::byte> encoded, Image& image, int channels) {
  JpegReader(encoded).read(image, channels);
}

}  // namespace lockstep
