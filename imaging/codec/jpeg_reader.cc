#include "imaging/codec/jpeg_reader.h"

namespace lockstep {

JpegReader::JpegReader() {
  decoder.err = &errors.base;
  errors.base.emit_message = JpegErrors::judge_message;
  errors.guarded(ExitCode::internal, "libjpeg", [&] { jpeg_create_decompress(&decoder); });
}

void JpegReader::read_header(std::span<const std::byte> encoded) {
  guarded([&] {
    jpeg_abort_decompress(&decoder);  // what an earlier image, or an error, has left
    jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(encoded.data()), encoded.size());
    jpeg_read_header(&decoder, TRUE);
  });
}

}  // namespace lockstep
