#include "imaging/render/image_renderer.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "core/error.h"
#include "imaging/codec/jpeg.h"
#include "imaging/pixels/aligned_map.h"
#include "imaging/pixels/color.h"
#include "imaging/pixels/pixel_copy.h"
#include "imaging/render/decode_scale.h"
#include "imaging/render/map_reach.h"
#include "imaging/render/resample.h"
#include "imaging/render/warp.h"

namespace lockstep {
namespace {

/// A map in full pixels as one to those of an image reduced to 1 / `reduction`.
AxisMap reduced(const AxisMap& map, int reduction) {
  return {map.offset / reduction, map.step / reduction};
}

Reach reduced(const Reach& reach, int reduction) {
  return {reach.begin / reduction, reach.end / reduction};
}

/// The image as it is decoded, its sides divided by `reduction`.
struct DecodeSize {
  int reduction = 1;
  int height = 0;
  int width = 0;
};

/// An axis of a picture that shows `reach` of the source, as finely as the map does anywhere.
struct ShownAxis {
  AxisMap map;
  int outputs = 0;

  ShownAxis(const Reach& reach, double least_step, int size) {
    // At most the image's size of what is beyond it: `reach` may be any number.
    const double begin = std::max(reach.begin, -1.0 * size);
    const double end = std::min(reach.end, 2.0 * size);
    const double step = std::max(least_step, 0.5);
    map = {begin, step};
    outputs = std::max(1, static_cast<int>(std::ceil((end - begin) / step)));
  }
};

}  // namespace

struct ImageRenderer::State {
  /// Channels in which the source is resampled: colours are converted where that is less work.
  int channels_for(int target_channels) const {
    return stored.is_raw() ? stored.channels : std::min(info.channels, target_channels);
  }

  /// Pixels `part` of the image as it is stored, reduced to 1 / `reduction`.
  ImageView decode_part(int reduction, Chroma chroma, const PixelBox& part, int channels);

  /// How the image is decoded for a picture of this size.
  DecodeSize decode_size(const AxisMap& y, int rows_out, const AxisMap& x, int columns_out) const;

  /// Draws the picture to `out`, dense, by any map.
  void draw_warped(const Homography& map, Border border, int rows_out, int columns_out,
                   int channels, std::uint8_t* out);

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
  Warper warper;
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
  check_decodable_size(static_cast<std::uint64_t>(image.height),
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

DecodeSize ImageRenderer::State::decode_size(const AxisMap& y, int rows_out, const AxisMap& x,
                                             int columns_out) const {
  if (!is_partly_decodable()) return {1, height, width};
  const JpegAxis along_y{y, rows_out, height, jpeg.height_in_whole_blocks()};
  const JpegAxis along_x{x, columns_out, width, jpeg.width_in_whole_blocks()};
  const int reduction = choose_reduction(along_x, along_y);
  return {reduction, reduced_size(along_y, reduction), reduced_size(along_x, reduction)};
}

void ImageRenderer::State::draw_warped(const Homography& map, Border border, int rows_out,
                                       int columns_out, int channels, std::uint8_t* out) {
  const MapReach full = reach_of(map, rows_out, columns_out);
  const ShownAxis shown_y(full.y, full.least, height);
  const ShownAxis shown_x(full.x, full.least, width);
  const DecodeSize size = decode_size(shown_y.map, shown_y.outputs, shown_x.map, shown_x.outputs);
  const PixelRange y = pixels_needed(reduced(full.y, size.reduction), size.height, border);
  const PixelRange x = pixels_needed(reduced(full.x, size.reduction), size.width, border);
  const ImageView part = decode_part(size.reduction, choose_chroma(shown_x.map, shown_y.map),
                                     {y.first, x.first, y.length(), x.length()}, channels);
  const double scale = 1.0 / size.reduction;
  const Homography to_part = translation(-x.first, -y.first) * scaling(scale, scale) * map;
  warper.draw(part, to_part, reach_of(to_part, rows_out, columns_out), border, rows_out,
              columns_out, out);
  if (border == Border::black) {
    paint_outside(map, height, width, rows_out, columns_out, channels, out);
  }
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
  const DecodeSize size = decode_size(map.y, rows_out, map.x, columns_out);
  const AxisMap y = reduced(map.y, size.reduction);
  const AxisMap x = reduced(map.x, size.reduction);
  rows.build(rows_out, y, size.height, border, triangle_half_width(y.step, size.reduction));
  columns.build(columns_out, x, size.width, border, triangle_half_width(x.step, size.reduction));
  ImageView part{.channels = channels};
  if (rows.first() < rows.last() && columns.first() < columns.last()) {
    part = decode_part(size.reduction, choose_chroma(map.x, map.y),
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
    state.draw_warped(to_source, border, rows, columns, channels, out);
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
