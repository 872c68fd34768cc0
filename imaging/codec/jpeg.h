#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "imaging/codec/image_header.h"
#include "imaging/pixels/geometry.h"
#include "imaging/pixels/image.h"

namespace lockstep {

bool is_jpeg(std::span<const std::byte> encoded);

/// As probe_image, for bytes that start like a JPEG.
ImageInfo probe_jpeg(std::span<const std::byte> encoded);
/// The pixels as the file stores them, not turned upright.
ImageInfo decode_jpeg(std::span<const std::byte> encoded, Image& image, int channels);

/// Decodes a JPEG that is beyond the usual limits, upright, at the smallest of 1/2, 1/4 and 1/8
/// whose longer side is still at least `longer_side`. Throws
/// ImageTooLarge where it is beyond `limits`, or none of them is within the usual ones.
void decode_large_jpeg(std::span<const std::byte> encoded, const ImageLimits& limits,
                       int longer_side, Image& image, int channels);

/// How chroma that is stored at a lower resolution than luma is scaled up.
enum class Chroma {
  interpolated,  ///< as Pillow does
  repeated,      ///< faster; hardly visible unless the picture is larger than its source
};

/// Decodes JPEGs, as the file stores them (not turned upright). One object per thread; nothing of
/// one file affects the next.
///
///     JpegDecoder decoder;
///     const ImageInfo info = decoder.open(encoded);
///     const ImageView eighth = decoder.decode_part(8, Chroma::interpolated, part, 3, buffer);
class JpegDecoder {
 public:
  JpegDecoder();
  ~JpegDecoder();
  JpegDecoder(JpegDecoder&&) noexcept;
  JpegDecoder& operator=(JpegDecoder&&) noexcept;

  /// Reads the header of `encoded`, whose bytes must stay until the last call below. Throws
  /// Error(data) as probe_image, with these limits.
  ImageInfo open(std::span<const std::byte> encoded, const ImageLimits& limits = {});
  /// What the header of the open image says: all its coefficients are in memory at once.
  bool is_progressive() const;

  /// The open image as a whole, to the file's end, with libjpeg's accurate DCT.
  void decode(Image& image, int channels);

  /// The open image's side in whole blocks of the DCT. Beyond them, a reduced image shows the
  /// padding that the file's writer put into the last blocks.
  int height_in_whole_blocks() const;
  int width_in_whole_blocks() const;

  /// Decodes a part of the open image reduced to 1 / `reduction` (1, 2, 4 or 8), which has
  /// ceil(side / reduction) pixels a side; the pixels of `part` are those of the same image decoded
  /// as a whole, with the same `chroma`. Returns a view of them within `buffer`. Throws Error(data)
  /// where the part, or what must be read to reach it, is damaged or cut short; what comes after
  /// it is not checked.
  ImageView decode_part(int reduction, Chroma chroma, const PixelBox& part, int channels,
                        Image& buffer);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lockstep
