// All that a pack and a training do with an image file: JPEG, PNG and WebP, each with its own
// corpus.

#include <vector>

#include "imaging/codec/decode.h"
#include "imaging/codec/file_kind.h"
#include "imaging/codec/jpeg.h"
#include "imaging/codec/jpeg_check.h"
#include "imaging/codec/png.h"
#include "imaging/render/image_renderer.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

namespace {

/// Larger ones are as right, and take the time of a thousand others.
constexpr int kMostPixels = 1 << 20;

void render(std::span<const std::byte> bytes, int channels) {
  ImageRenderer renderer;
  const ImageInfo info = renderer.open({.bytes = bytes});
  std::vector<std::uint8_t> pixels(8 * 8 * 3);
  const Homography whole = scaling(info.width / 8.0, info.height / 8.0);
  renderer.render(whole, Border::black, {pixels.data(), 8, 8, channels});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = FuzzInput(data, size).rest();
  (void)describe_file(bytes);
  (void)find_animation(bytes);
  int pixels = 0;
  parse_input([&] {
    const ImageInfo info = probe_image(bytes);
    pixels = info.width * info.height;
  });
  if (pixels == 0 || pixels > kMostPixels) return 0;
  Image image;
  parse_input([&] { decode(bytes, image, 1); });
  parse_input([&] { decode(bytes, image, 3); });
  parse_input([&] { render(bytes, 3); });
  if (is_jpeg(bytes)) {
    (void)find_unsupported_jpeg(bytes);
    parse_input([&] { check_jpeg(bytes); });
    parse_input([&] { check_jpeg_structure(bytes); });
    parse_input([&] { decode_large_jpeg(bytes, {}, 16, image, 3); });
  }
  if (is_wide_png(bytes)) {
    parse_input([&] { narrow(decode_wide_png(bytes), 4095, image); });
  }
  return 0;
}
