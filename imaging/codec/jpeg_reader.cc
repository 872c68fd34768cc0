#include "imaging/codec/jpeg_reader.h"

namespace lockstep {

JpegReader::JpegReader() {
  errors.base.emit_message = JpegErrors::judge_message;
  create();
}

void JpegReader::create() {
  decoder.err = &errors.base;
  errors.guarded(ExitCode::internal, "libjpeg", [&] { jpeg_create_decompress(&decoder); });
}

void JpegReader::read_header(std::span<const std::byte> encoded, int saved_marker) {
  // libjpeg keeps tables from file to file, for those that have none: a picture would depend on the
  // one before it. A new decompressor has none, and takes the standard Huffman tables (ITU T.81,
  // annex K) for a file without.
  jpeg_destroy_decompress(&decoder);
  create();
  guarded([&] {
    if (saved_marker != 0) jpeg_save_markers(&decoder, saved_marker, 0xffff);
    jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(encoded.data()), encoded.size());
    jpeg_read_header(&decoder, TRUE);
  });
}

}  // namespace lockstep
