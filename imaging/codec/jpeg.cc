#include "imaging/codec/jpeg.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <vector>

#include "core/error.h"
#include "imaging/codec/exif.h"
#include "imaging/codec/jpeg_errors.h"
#include "imaging/pixels/color.h"

namespace lockstep {
namespace {

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

constexpr int kExifMarker = JPEG_APP0 + 1;  // XMP has the same

int orientation_of(jpeg_saved_marker_ptr marker) {
  for (; marker != nullptr; marker = marker->next) {
    constexpr std::array exif = {'E', 'x', 'i', 'f', '\0'};
    const std::span data(reinterpret_cast<const std::byte*>(marker->data), marker->data_length);
    if (marker->marker == kExifMarker && data.size() >= exif.size() &&
        std::memcmp(data.data(), exif.data(), exif.size()) == 0) {
      return exif_orientation(data);
    }
  }
  return 1;
}

}  // namespace

struct JpegDecoder::State {
  State() {
    decoder.err = &errors.base;
    errors.base.emit_message = JpegErrors::judge_message;
    if (setjmp(errors.jump) != 0) fail(ExitCode::internal, "libjpeg: {}", errors.message);
    jpeg_create_decompress(&decoder);
    jpeg_save_markers(&decoder, kExifMarker, 0xffff);
  }
  ~State() { jpeg_destroy_decompress(&decoder); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Runs `calls`, in which libjpeg may jump out: nothing in it may need its destructor.
  template <typename Calls>
  void guarded(const Calls& calls) {
    if (setjmp(errors.jump) != 0) fail(ExitCode::data, "damaged JPEG: {}", errors.message);
    calls();
  }

  void read_header() {
    guarded([&] {
      jpeg_abort_decompress(&decoder);  // what an earlier image, or an error, has left
      jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(encoded.data()),
                   encoded.size());
      jpeg_read_header(&decoder, TRUE);
    });
    header_is_fresh = true;
  }

  int in_whole_blocks(JDIMENSION side, int largest_sampling) const {
    if (has_black()) return 0;
    const int block = DCTSIZE * largest_sampling;
    return static_cast<int>(side) / block * block;
  }

  /// libjpeg takes settings only between the header and the first row.
  void rewind() {
    if (!header_is_fresh) read_header();
    header_is_fresh = false;
  }

  bool has_black() const {
    return decoder.jpeg_color_space == JCS_CMYK || decoder.jpeg_color_space == JCS_YCCK;
  }

  /// Decodes every row into what `row(y)` points to, then calls `done(y)`; reads to the file's end,
  /// so that a file that was cut short is found however little is missing.
  template <typename Row, typename Done>
  void read_all_rows(const Row& row, const Done& done) {
    guarded([&] {
      jpeg_start_decompress(&decoder);
      while (decoder.output_scanline < decoder.output_height) {
        const JDIMENSION y = decoder.output_scanline;
        JSAMPROW pointer = row(y);
        if (jpeg_read_scanlines(&decoder, &pointer, 1) == 1) done(y);
      }
      jpeg_finish_decompress(&decoder);
    });
  }

  /// libjpeg converts to no other space from these; it does make CMYK of YCCK.
  void read_cmyk(Image& image) {
    decoder.out_color_space = JCS_CMYK;
    // Adobe's programs, and after them everybody's, store inks inverted: 255 is none.
    const bool inverted = decoder.saw_Adobe_marker != 0;
    std::vector<std::uint8_t> inks(std::size_t{4} * decoder.image_width);
    read_all_rows([&](JDIMENSION) { return inks.data(); },
                  [&](JDIMENSION y) {
                    if (!inverted) {
                      for (std::uint8_t& ink : inks) ink = static_cast<std::uint8_t>(255 - ink);
                    }
                    convert_inks(inks, image.channels(), image.row(static_cast<int>(y)));
                  });
  }

  std::span<const std::byte> encoded;
  jpeg_decompress_struct decoder{};
  JpegErrors errors;
  bool header_is_fresh = false;  ///< it has been read, and no pixel yet
};

bool is_jpeg(std::span<const std::byte> encoded) {
  constexpr std::array start = {std::byte{0xff}, std::byte{0xd8}, std::byte{0xff}};
  return encoded.size() >= start.size() && std::equal(start.begin(), start.end(), encoded.begin());
}

JpegDecoder::JpegDecoder() : state_(std::make_unique<State>()) {}
JpegDecoder::~JpegDecoder() = default;
JpegDecoder::JpegDecoder(JpegDecoder&&) noexcept = default;
JpegDecoder& JpegDecoder::operator=(JpegDecoder&&) noexcept = default;

ImageInfo JpegDecoder::open(std::span<const std::byte> encoded) {
  state_->encoded = encoded;
  state_->read_header();
  const jpeg_decompress_struct& decoder = state_->decoder;
  check_image_size(decoder.image_height, decoder.image_width);
  return info_of_stored(ImageFormat::jpeg, static_cast<int>(decoder.image_height),
                        static_cast<int>(decoder.image_width),
                        decoder.jpeg_color_space == JCS_GRAYSCALE ? 1 : 3,
                        orientation_of(decoder.marker_list));
}

void JpegDecoder::decode(Image& image, int channels) {
  state_->rewind();
  jpeg_decompress_struct& decoder = state_->decoder;
  image.reshape(static_cast<int>(decoder.image_height), static_cast<int>(decoder.image_width),
                channels);
  if (state_->has_black()) {
    state_->read_cmyk(image);
    return;
  }
  decoder.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  state_->read_all_rows([&](JDIMENSION y) { return image.row(static_cast<int>(y)); },
                        [](JDIMENSION) {});
}

int JpegDecoder::height_in_whole_blocks() const {
  return state_->in_whole_blocks(state_->decoder.image_height, state_->decoder.max_v_samp_factor);
}

int JpegDecoder::width_in_whole_blocks() const {
  return state_->in_whole_blocks(state_->decoder.image_width, state_->decoder.max_h_samp_factor);
}

ImageView JpegDecoder::decode_part(int reduction, Chroma chroma, const PixelBox& part, int channels,
                                   Image& buffer) {
  if (state_->has_black()) {
    assert(reduction == 1);
    decode(buffer, channels);
    return buffer.view().part(part.y, part.x, part.height, part.width);
  }
  state_->rewind();
  jpeg_decompress_struct& decoder = state_->decoder;
  decoder.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  decoder.scale_num = 1;
  decoder.scale_denom = static_cast<unsigned>(reduction);
  // Progressive files too are read in one pass: in buffered-image mode, which is not used, crops
  // and skips fail (libjpeg-turbo #611). The fast DCT corrupts chroma at 1/2 (#912).
  decoder.dct_method = JDCT_ISLOW;
  // Before 2.1.3, crops with repeated chroma were written beyond their end (#574).
  const bool interpolated =
      chroma == Chroma::interpolated || LIBJPEG_TURBO_VERSION_NUMBER < 2001003;
  decoder.do_fancy_upsampling = interpolated ? TRUE : FALSE;
  // Interpolated chroma differs in the outermost columns of a crop, which are not of the part.
  constexpr int kMargin = 2;
  JDIMENSION crop_x = 0;
  auto begin = static_cast<JDIMENSION>(part.y);
  state_->guarded([&] {
    jpeg_start_decompress(&decoder);
    const int left = std::max(part.x - kMargin, 0);
    const int right =
        std::min(part.x + part.width + kMargin, static_cast<int>(decoder.output_width));
    crop_x = static_cast<JDIMENSION>(left);
    JDIMENSION crop_width = static_cast<JDIMENSION>(right - left);
    if (crop_width < decoder.output_width) jpeg_crop_scanline(&decoder, &crop_x, &crop_width);
    // Once, and from row 0: elsewhere libjpeg-turbo repeats rows (#915). Without interpolation only
    // whole rows of blocks.
    if (!interpolated) {
      begin -=
          begin % static_cast<JDIMENSION>(decoder.max_v_samp_factor * decoder.min_DCT_scaled_size);
    }
    if (begin > 0) jpeg_skip_scanlines(&decoder, begin);
  });
  const int rows_before = part.y - static_cast<int>(begin);
  buffer.reshape(rows_before + part.height, static_cast<int>(decoder.output_width), channels);
  state_->guarded([&] {
    constexpr JDIMENSION kRows = 16;
    JSAMPROW rows[kRows];
    const auto end = static_cast<JDIMENSION>(part.y + part.height);
    while (decoder.output_scanline < end) {
      const JDIMENSION y = decoder.output_scanline;
      const JDIMENSION count = std::min(kRows, end - y);
      for (JDIMENSION i = 0; i < count; ++i) rows[i] = buffer.row(static_cast<int>(y - begin + i));
      jpeg_read_scanlines(&decoder, rows, count);
    }
    jpeg_abort_decompress(&decoder);
  });
  return buffer.view().part(rows_before, part.x - static_cast<int>(crop_x), part.height,
                            part.width);
}

}  // namespace lockstep
