#include <cassert>
#include <cstdlib>

#include "core/error.h"
#include "imaging/codec/encode.h"
#include "imaging/codec/jpeg_errors.h"

namespace lockstep {
namespace {

/// Owns what libjpeg allocates, and the bytes that it writes.
struct Encoder {
  Encoder() {
    state.err = &errors.base;
    guarded([&] { jpeg_create_compress(&state); });
  }
  ~Encoder() {
    jpeg_destroy_compress(&state);
    std::free(bytes);
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  template <typename Calls>
  void guarded(const Calls& calls) {
    errors.guarded(ExitCode::internal, "libjpeg", calls);
  }

  JpegErrors errors;
  jpeg_compress_struct state{};
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
};

}  // namespace

std::vector<std::byte> encode_jpeg(const ImageView& image, int quality) {
  assert(image.channels == 1 || image.channels == 3);
  check(quality >= 1 && quality <= 100, ExitCode::usage, "the JPEG quality is {}, not 1 to 100",
        quality);
  Encoder encoder;
  jpeg_compress_struct& state = encoder.state;
  encoder.guarded([&] {
    jpeg_mem_dest(&state, &encoder.bytes, &encoder.size);
    state.image_height = static_cast<JDIMENSION>(image.height);
    state.image_width = static_cast<JDIMENSION>(image.width);
    state.input_components = image.channels;
    state.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&state);  // 4:2:0, baseline, accurate DCT
    jpeg_set_quality(&state, quality, TRUE);
    state.optimize_coding = TRUE;
    jpeg_start_compress(&state, TRUE);
    while (state.next_scanline < state.image_height) {
      auto* row = const_cast<JSAMPROW>(image.row(static_cast<int>(state.next_scanline)));
      jpeg_write_scanlines(&state, &row, 1);
    }
    jpeg_finish_compress(&state);
  });
  const auto* bytes = reinterpret_cast<const std::byte*>(encoder.bytes);
  return {bytes, bytes + encoder.size};
}

}  // namespace lockstep
