#include "imaging/codec/jpeg_reader.h"

#include <cstdint>

namespace lockstep {
namespace {

/// Each scan of a progressive file passes over all of the picture, and may take a few bytes. Files
/// that are not made to harm have about ten; libjpeg-turbo's own programs stop at this number too.
constexpr int kMostScans = 500;

void limit_scans(j_common_ptr object) {
  if (reinterpret_cast<j_decompress_ptr>(object)->input_scan_number <= kMostScans) return;
  JpegErrors::exit_with(object, "it has more than 500 scans");
}

}  // namespace

JpegReader::JpegReader() {
  errors.base.emit_message = JpegErrors::judge_message;
  create();
}

void JpegReader::create() {
  decoder.err = &errors.base;
  errors.guarded(ExitCode::internal, "libjpeg", [&] { jpeg_create_decompress(&decoder); });
  progress.progress_monitor = limit_scans;
  decoder.progress = &progress;
}

void JpegReader::check_claim(std::span<const std::byte> encoded) const {
  // A Huffman code has a bit, and each block of 64 pixels takes one at least.
  const std::uint64_t pixels = std::uint64_t{decoder.image_height} * decoder.image_width;
  check(decoder.arith_code != 0 || pixels / (64 * 8) <= encoded.size(), ExitCode::data,
        "damaged JPEG: its {} bytes cannot hold {} x {} pixels", encoded.size(),
        decoder.image_width, decoder.image_height);
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
