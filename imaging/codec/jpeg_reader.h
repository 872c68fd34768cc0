#pragma once

#include <cstddef>
#include <span>

#include "imaging/codec/jpeg_errors.h"

namespace lockstep {

/// A libjpeg decompressor, for one JPEG after another: what a file decodes to depends on that file
/// alone. Freed even where libjpeg jumps out of a call.
struct JpegReader {
  JpegReader();
  ~JpegReader() { jpeg_destroy_decompress(&decoder); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  /// As JpegErrors::guarded, for calls on a file's bytes: Error(data).
  template <typename Calls>
  void guarded(const Calls& calls) {
    errors.guarded(ExitCode::data, "damaged JPEG", calls);
  }

  /// Starts on `encoded`, whose bytes must stay as long as they are read. Markers of the kind
  /// `saved_marker` are kept, where it is not 0.
  void read_header(std::span<const std::byte> encoded, int saved_marker = 0);

  /// Throws Error(data) where the header of `encoded`, which was read, claims more than the file
  /// can hold: what it claims takes no memory then.
  void check_claim(std::span<const std::byte> encoded) const;

  /// Reads all rows and on to the file's end, so that a file that was cut short is found however
  /// little is missing. Each row goes to where `row(y)` points; then `done(y)` is called.
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

  bool is_grey() const { return decoder.jpeg_color_space == JCS_GRAYSCALE; }
  /// CMYK or YCCK, which libjpeg converts only to CMYK.
  bool has_black() const {
    return decoder.jpeg_color_space == JCS_CMYK || decoder.jpeg_color_space == JCS_YCCK;
  }

  JpegErrors errors;
  jpeg_decompress_struct decoder{};
  jpeg_progress_mgr progress{};

 private:
  void create();
};

}  // namespace lockstep
