#include "imaging/image_renderer.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "core/error.h"
#include "imaging/aligned_map.h"
#include "imaging/color.h"
#include "imaging/decode_scale.h"
#include "imaging/jpeg.h"
#include "imaging/pixel_copy.h"
#include "imaging/resample.h"
#include "imaging/warp.h"

namespace lockstep {
namespace {

/// A map in full pixels as one to those of an image reduced to 1 / `reduction`.
AxisMap reduced(const AxisMap& map, int reduction) {
  return {map.offset / reduction, map.step / reduction};
}

}  // namespace

struct ImageRenderer::State {
  /// Channels in which the source is resampled: colours are converted where that is less work.
  int channels_for(int target_channels) const {
    return stored.is_raw() ? stored.channels : std::min(info.channels, target_channels);
  }

  /// Pixels `part` of the image as it is stored, reduced to 1 / `reduction`.
  ImageView decode_part(int reduction, Chroma chroma, const PixelBox& part, int channels);

  /// Draws the picture to `out`, dense; a transposed one as it is before the transposition.
  void draw_aligned(const AlignedMap& map, Border border, int rows_out, int columns_out,
                    int channels, std::uint8_t* out);

  bool is_partly_decodable() const { return !stored.is_raw() && info.format == ImageFormat::jpeg; }

  StoredImage stored;
  ImageInfo info;
  // The pixels that are resampled: of JPEGs as they are stored, of others upright.
  int height = 0;
  int width = 0;
  Homography upright_to_source;
  JpegDecoder jpeg;
  Image decoded;
  int channels_decoded_whole = 0;  ///< of `decoded`, where that is the whole open image
  Resampler resampler;
  AxisFilter rows;
  AxisFilter columns;
  Image picture;
  Image upright;
};

ImageRenderer::ImageRenderer() : state_(std::make_unique<State>()) {}
ImageRenderer::~ImageRenderer() = default;
ImageRenderer::ImageRenderer(ImageRenderer&&) noexcept = default;
ImageRenderer& ImageRenderer::operator=(ImageRenderer&&) noexcept = default;

ImageInfo ImageRenderer::open(const StoredImage& image) {
  State& state = *state_;
  state.stored = image;
  state.channels_decoded_whole = 0;
  if (!image.is_raw()) {
    const bool jpeg = is_jpeg(image.bytes);
    state.info = jpeg ? state.jpeg.open(image.bytes) : probe_image(image.bytes);
    state.height = jpeg ? state.info.stored_height() : state.info.height;
    state.width = jpeg ? state.info.stored_width() : state.info.width;
    state.upright_to_source =
        jpeg ? upright_to_stored(state.info.orientation, state.height, state.width) : Homography{};
    return state.info;
  }
  check_image_size(static_cast<std::uint64_t>(image.height),
                   static_cast<std::uint64_t>(image.width));
  state.info = {.height = image.height, .width = image.width, .channels = image.channels};
  state.height = image.height;
  state.width = image.width;
  state.upright_to_source = {};
  return state.info;
}

ImageView ImageRenderer::State::decode_part(int reduction, Chroma chroma, const PixelBox& part,
                                            int channels) {
  if (stored.is_raw()) {
    const ImageView whole{reinterpret_cast<const std::uint8_t*>(stored.bytes.data()), stored.height,
                          stored.width, stored.channels,
                          std::ptrdiff_t{stored.width} * stored.channels};
    return whole.part(part.y, part.x, part.height, part.width);
  }
  if (is_partly_decodable()) {
    return jpeg.decode_part(reduction, chroma, part, channels, decoded);
  }
  if (channels_decoded_whole != channels) {
    decode(stored.bytes, decoded, channels);
    channels_decoded_whole = channels;
  }
  return decoded.view().part(part.y, part.x, part.height, part.width);
}

void ImageRenderer::State::draw_aligned(const AlignedMap& map, Border border, int rows_out,
                                        int columns_out, int channels, std::uint8_t* out) {
  if (is_copy(map.x) && is_copy(map.y)) {
    const CopyAxis copied_rows(map.y, rows_out, height);
    const CopyAxis copied_columns(map.x, columns_out, width);
    const bool all = copied_rows.shows_all() && copied_columns.shows_all();
    if ((all || border == Border::black) && copied_rows.length() > 0 &&
        copied_columns.length() > 0) {
      const PixelBox box{copied_rows.first, copied_columns.first, copied_rows.length(),
                         copied_columns.length()};
      copy_pixels(decode_part(1, Chroma::interpolated, box, channels), copied_rows, copied_columns,
                  out);
      return;
    }
  }
  int reduction = 1;
  int reduced_height = height;
  int reduced_width = width;
  if (is_partly_decodable()) {
    const JpegAxis along_y{map.y, rows_out, height, jpeg.height_in_whole_blocks()};
    const JpegAxis along_x{map.x, columns_out, width, jpeg.width_in_whole_blocks()};
    reduction = choose_reduction(along_x, along_y);
    reduced_height = reduced_size(along_y, reduction);
    reduced_width = reduced_size(along_x, reduction);
  }
  const AxisMap y = reduced(map.y, reduction);
  const AxisMap x = reduced(map.x, reduction);
  rows.build(rows_out, y, reduced_height, border, triangle_half_width(y.step, reduction));
  columns.build(columns_out, x, reduced_width, border, triangle_half_width(x.step, reduction));
  ImageView part{.channels = channels};
  if (rows.first() < rows.last() && columns.first() < columns.last()) {
    part = decode_part(reduction, choose_chroma(map.x, map.y),
                       {rows.first(), columns.first(), rows.last() - rows.first(),
                        columns.last() - columns.first()},
                       channels);
  }
  resampler.draw(part, rows, columns, out);
}

void ImageRenderer::render(const Homography& output_to_source, Border border,
                           const ImageTarget& target) {
  State& state = *state_;
  const int channels = state.channels_for(target.channels);
  const Homography to_source = state.upright_to_source * output_to_source;
  const std::optional<AlignedMap> aligned = aligned_map(to_source);
  const bool transposed = aligned && aligned->transposed;
  const int rows = transposed ? target.width : target.height;
  const int columns = transposed ? target.height : target.width;
  const bool direct = channels == target.channels && !transposed;
  if (!direct) state.picture.reshape(rows, columns, channels);
  std::uint8_t* out = direct ? target.pixels : state.picture.row(0);
  if (aligned) {
    state.draw_aligned(*aligned, border, rows, columns, channels, out);
  } else {
    const ImageView whole =
        state.decode_part(1, Chroma::interpolated, {0, 0, state.height, state.width}, channels);
    warp(whole, to_source, border, rows, columns, out);
  }
  if (direct) return;
  ImageView picture = state.picture.view();
  if (transposed) {
    const bool done = channels == target.channels;
    if (!done) state.upright.reshape(target.height, target.width, channels);
    transpose_pixels(picture, done ? target.pixels : state.upright.row(0));
    if (done) return;
    picture = state.upright.view();
  }
  convert_channels(picture, target.channels, target.pixels);
}

}  // namespace lockstep
