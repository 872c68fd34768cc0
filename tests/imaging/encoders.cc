#include "tests/imaging/encoders.h"

#include <cstdio>
#include <cstdlib>
#include <jpeglib.h>
#include <memory>
#include <stdexcept>

namespace lockstep {
namespace {

void expect_spng(int result) {
  if (result != SPNG_OK) throw std::runtime_error(spng_strerror(result));
}

Encoded to_bytes(const void* data, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(data);
  return {first, first + size};
}

}  // namespace

Encoded encode_jpeg(const Pixels& pixels, int height, int width, JpegKind kind) {
  JpegLayout layout{.quality = 95};
  layout.channels = kind == JpegKind::grey ? 1 : 3;
  layout.progressive = kind == JpegKind::progressive_rgb;
  layout.inks = kind == JpegKind::cmyk;
  return encode_jpeg_as(layout, pixels, height, width);
}

Encoded encode_jpeg_as(const JpegLayout& layout, const Pixels& pixels, int height, int width) {
  jpeg_compress_struct encoder;
  jpeg_error_mgr errors;
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &memory, &size);
  encoder.image_height = static_cast<JDIMENSION>(height);
  encoder.image_width = static_cast<JDIMENSION>(width);
  encoder.input_components = layout.inks ? 4 : layout.channels;
  encoder.in_color_space = layout.inks ? JCS_CMYK : layout.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&encoder);
  if (layout.ycck) jpeg_set_colorspace(&encoder, JCS_YCCK);
  if (layout.inks && !layout.adobe_marker) encoder.write_Adobe_marker = FALSE;
  jpeg_set_quality(&encoder, layout.quality, TRUE);
  for (int component = 0; component < encoder.num_components; ++component) {
    encoder.comp_info[component].h_samp_factor = component == 0 ? layout.across : 1;
    encoder.comp_info[component].v_samp_factor = component == 0 ? layout.down : 1;
  }
  if (layout.progressive) jpeg_simple_progression(&encoder);
  jpeg_start_compress(&encoder, TRUE);
  while (encoder.next_scanline < encoder.image_height) {
    const auto row_bytes = static_cast<std::size_t>(width * encoder.input_components);
    JSAMPROW row = const_cast<JSAMPROW>(pixels.data() + encoder.next_scanline * row_bytes);
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  jpeg_destroy_compress(&encoder);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(memory, &std::free);
  return to_bytes(memory, size);
}

Encoded encode_png(std::span<const std::uint8_t> pixels, int height, int width, const PngKind& kind,
                   const std::vector<spng_plte_entry>& palette) {
  const std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> context(spng_ctx_new(SPNG_CTX_ENCODER),
                                                                    &spng_ctx_free);
  expect_spng(spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1));
  spng_ihdr header{};
  header.width = static_cast<std::uint32_t>(width);
  header.height = static_cast<std::uint32_t>(height);
  header.color_type = kind.color_type;
  header.bit_depth = kind.bit_depth;
  header.interlace_method = kind.interlaced ? SPNG_INTERLACE_ADAM7 : SPNG_INTERLACE_NONE;
  expect_spng(spng_set_ihdr(context.get(), &header));
  if (!palette.empty()) {
    spng_plte chunk{};
    chunk.n_entries = static_cast<std::uint32_t>(palette.size());
    for (std::size_t i = 0; i < palette.size(); ++i) chunk.entries[i] = palette[i];
    expect_spng(spng_set_plte(context.get(), &chunk));
  }
  if (kind.transparent_entries > 0) {
    spng_trns chunk{};
    chunk.n_type3_entries = kind.transparent_entries;
    expect_spng(spng_set_trns(context.get(), &chunk));
  }
  expect_spng(spng_encode_image(context.get(), pixels.data(), pixels.size(), SPNG_FMT_PNG,
                                SPNG_ENCODE_FINALIZE));
  std::size_t size = 0;
  int error = SPNG_OK;
  void* memory = spng_get_png_buffer(context.get(), &size, &error);
  expect_spng(error);
  const std::unique_ptr<void, decltype(&std::free)> owner(memory, &std::free);
  return to_bytes(memory, size);
}

}  // namespace lockstep
