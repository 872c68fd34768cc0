#include "imaging/codec/jpeg.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "imaging/codec/exif.h"
#include "imaging/codec/jpeg_reader.h"
#include "imaging/codec/signature.h"
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
  using namespace std::string_view_literals;
  for (; marker != nullptr; marker = marker->next) {
    const std::span data(reinterpret_cast<const std::byte*>(marker->data), marker->data_length);
    if (marker->marker == kExifMarker && has_signature(data, "Exif\0"sv)) {
      return exif_orientation(data);
    }
  }
  return 1;
}

}  // namespace

struct JpegDecoder::State : JpegReader {
  void open() {
    header_is_fresh = false;
    read_header(encoded, kExifMarker);
    header_is_fresh = true;
  }

  int in_whole_blocks(JDIMENSION side, int largest_sampling) const {
    if (has_black()) return 0;
    const int block = DCTSIZE * largest_sampling;
    return static_cast<int>(side) / block * block;
  }

  /// libjpeg takes settings only between the header and the first row.
  void rewind() {
    if (!header_is_fresh) open();
    header_is_fresh = false;
  }

  /// libjpeg does not convert CMYK; it does convert YCCK to CMYK.
  void read_cmyk(Image& image) {
    decoder.out_color_space = JCS_CMYK;
    // Adobe's programs, and most others since, store inks inverted: 255 means no ink.
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
  bool header_is_fresh = false;  ///< it has been read, and no pixel yet
};

bool is_jpeg(std::span<const std::byte> encoded) { return has_signature(encoded, "\xff\xd8\xff"); }

ImageInfo probe_jpeg(std::span<const std::byte> encoded) { return JpegDecoder().open(encoded); }

ImageInfo decode_jpeg(std::span<const std::byte> encoded, Image& image, int channels) {
  JpegDecoder decoder;
  const ImageInfo info = decoder.open(encoded);
  decoder.decode(image, channels);
  return info;
}

JpegDecoder::JpegDecoder() : state_(std::make_unique<State>()) {}
JpegDecoder::~JpegDecoder() = default;
JpegDecoder::JpegDecoder(JpegDecoder&&) noexcept = default;
JpegDecoder& JpegDecoder::operator=(JpegDecoder&&) noexcept = default;

bool JpegDecoder::is_progressive() const { return state_->decoder.progressive_mode != 0; }

ImageInfo JpegDecoder::open(std::span<const std::byte> encoded, const ImageLimits& limits) {
  state_->encoded = encoded;
  state_->open();
  const jpeg_decompress_struct& decoder = state_->decoder;
  check_decodable_size(decoder.image_height, decoder.image_width, limits);
  return info_of_stored(ImageFormat::jpeg, static_cast<int>(decoder.image_height),
                        static_cast<int>(decoder.image_width), state_->is_grey() ? 1 : 3,
                        orientation_of(decoder.marker_list));
}

void JpegDecoder::decode(Image& image, int channels) {
  state_->rewind();
  jpeg_decompress_struct& decoder = state_->decoder;
  state_->check_claim(state_->encoded);
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
  state_->check_claim(state_->encoded);
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

void decode_large_jpeg(std::span<const std::byte> encoded, const ImageLimits& limits,
                       int longer_side, Image& image, int channels) {
  JpegDecoder decoder;
  const ImageInfo info = decoder.open(encoded, limits);
  const int longest = std::max(info.height, info.width);
  int reduction = 8;
  const auto reduced = [&](int side) { return (side + reduction - 1) / reduction; };
  while (reduction > 1 && reduced(longest) < longer_side) reduction /= 2;
  const bool in_whole_blocks = decoder.width_in_whole_blocks() > 0;  // not with inks
  if (!in_whole_blocks) reduction = 1;
  if (reduction == 1) {
    check_decodable_size(static_cast<std::uint64_t>(info.height),
                         static_cast<std::uint64_t>(info.width));
  }
  const PixelBox all{0, 0, reduced(info.stored_height()), reduced(info.stored_width())};
  check_decodable_size(static_cast<std::uint64_t>(all.height),
                       static_cast<std::uint64_t>(all.width));
  check(contains_signature(encoded, "\xff\xd9"), ExitCode::data, "damaged JPEG: it was cut short");
  Image buffer;
  const ImageView part =
      decoder.decode_part(reduction, Chroma::interpolated, all, channels, buffer);
  turn_upright(part, info.orientation, image);
}

}  // namespace lockstep
