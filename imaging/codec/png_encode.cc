#include <cassert>
#include <cstdlib>
#include <memory>

#include "imaging/codec/encode.h"
#include "imaging/codec/png_context.h"

namespace lockstep {
namespace {

// Moderate: zlib's levels go from 1 to 9.
constexpr int kCompression = 4;

void check_spng(int result) { check_spng(result, ExitCode::internal, "libspng"); }

}  // namespace

std::vector<std::byte> encode_png(const ImageView& image) {
  assert(image.channels == 1 || image.channels == 3);
  const PngContext context = make_png_context(SPNG_CTX_ENCODER);
  check_spng(spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1));
  check_spng(spng_set_option(context.get(), SPNG_IMG_COMPRESSION_LEVEL, kCompression));
  spng_ihdr header{};
  header.width = static_cast<std::uint32_t>(image.width);
  header.height = static_cast<std::uint32_t>(image.height);
  header.bit_depth = 8;
  header.color_type = image.channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR;
  check_spng(spng_set_ihdr(context.get(), &header));
  check_spng(spng_encode_image(context.get(), nullptr, 0, SPNG_FMT_PNG,
                               SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE));
  const auto row_bytes = std::size_t(image.width) * std::size_t(image.channels);
  for (int y = 0; y < image.height; ++y) {
    const int result = spng_encode_row(context.get(), image.row(y), row_bytes);
    if (result != SPNG_EOI) check_spng(result);  // SPNG_EOI: the last row
  }
  std::size_t size = 0;
  int result = SPNG_OK;
  const std::unique_ptr<void, decltype(&std::free)> owner(
      spng_get_png_buffer(context.get(), &size, &result), &std::free);
  check_spng(result);
  const auto* bytes = static_cast<const std::byte*>(owner.get());
  return {bytes, bytes + size};
}

}  // namespace lockstep
