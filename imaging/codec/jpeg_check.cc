#include "imaging/codec/jpeg_check.h"

#include <vector>

#include "core/error.h"
#include "imaging/codec/jpeg_reader.h"
#include "imaging/codec/signature.h"

namespace lockstep {

void check_jpeg(std::span<const std::byte> encoded) {
  JpegReader reader;
  reader.read_header(encoded);
  reader.check_claim(encoded);
  jpeg_decompress_struct& decoder = reader.decoder;
  decoder.scale_num = 1;
  decoder.scale_denom = 8;
  // As decode() does it, so that what cannot be converted is found too.
  decoder.out_color_space = reader.has_black() ? JCS_CMYK
                            : reader.is_grey() ? JCS_GRAYSCALE
                                               : JCS_RGB;
  std::vector<JSAMPLE> pixels(std::size_t{4} * (decoder.image_width / 8 + 1));
  reader.read_all_rows([&](JDIMENSION) { return pixels.data(); }, [](JDIMENSION) {});
}

void check_jpeg_structure(std::span<const std::byte> encoded) {
  JpegReader reader;
  reader.read_header(encoded);
  // In what follows the header, 0xff 0xd9 can be nothing but the end: data have a zero after 0xff.
  const std::size_t bytes_left = reader.decoder.src->bytes_in_buffer;
  check(contains_signature(encoded.last(bytes_left), "\xff\xd9"), ExitCode::data,
        "damaged JPEG: it was cut short");
}

}  // namespace lockstep
