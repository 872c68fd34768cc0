#include "imaging/codec/jpeg_check.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/error.h"
#include "imaging/codec/jpeg_errors.h"

namespace lockstep {
namespace {

/// A libjpeg decoder that is freed also where its calls jump out.
struct Decoder {
  Decoder() {
    state.err = &errors.base;
    errors.base.emit_message = JpegErrors::judge_message;
    if (setjmp(errors.jump) != 0) fail(ExitCode::internal, "libjpeg: {}", errors.message);
    jpeg_create_decompress(&state);
  }
  ~Decoder() { jpeg_destroy_decompress(&state); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// Runs `calls`, in which libjpeg may jump out: nothing in it may need its destructor.
  template <typename Calls>
  void guarded(const Calls& calls) {
    if (setjmp(errors.jump) != 0) fail(ExitCode::data, "damaged JPEG: {}", errors.message);
    calls();
  }

  void read_header(std::span<const std::byte> encoded) {
    guarded([&] {
      jpeg_mem_src(&state, reinterpret_cast<const unsigned char*>(encoded.data()), encoded.size());
      jpeg_read_header(&state, TRUE);
    });
  }

  /// Where the bytes that libjpeg has read end.
  std::size_t bytes_left() const { return state.src->bytes_in_buffer; }

  JpegErrors errors;
  jpeg_decompress_struct state{};
};

}  // namespace

void check_jpeg(std::span<const std::byte> encoded) {
  Decoder decoder;
  decoder.read_header(encoded);
  jpeg_decompress_struct& state = decoder.state;
  state.scale_num = 1;
  state.scale_denom = 8;
  // As decode() does it, so that what cannot be converted is found too.
  const bool has_black = state.jpeg_color_space == JCS_CMYK || state.jpeg_color_space == JCS_YCCK;
  const bool is_grey = state.jpeg_color_space == JCS_GRAYSCALE;
  state.out_color_space = has_black ? JCS_CMYK : is_grey ? JCS_GRAYSCALE : JCS_RGB;
  std::vector<JSAMPLE> row(std::size_t{4} * (state.image_width / 8 + 1));
  decoder.guarded([&] {
    jpeg_start_decompress(&state);
    JSAMPROW pointer = row.data();
    while (state.output_scanline < state.output_height) jpeg_read_scanlines(&state, &pointer, 1);
    jpeg_finish_decompress(&state);
  });
}

void check_jpeg_structure(std::span<const std::byte> encoded) {
  Decoder decoder;
  decoder.read_header(encoded);
  // In what follows the header, 0xff 0xd9 can be nothing but the end: data have a zero after 0xff.
  constexpr std::array end{std::byte{0xff}, std::byte{0xd9}};
  const auto data = encoded.last(decoder.bytes_left());
  check(std::find_end(data.begin(), data.end(), end.begin(), end.end()) != data.end(),
        ExitCode::data, "damaged JPEG: it was cut short");
}

}  // namespace lockstep
