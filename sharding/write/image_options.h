#pragma once

#include <cstdint>

#include "core/names.h"
#include "sharding/format/pack_manifest.h"
#include "sharding/format/sample.h"

namespace lockstep {

/// How an image is stored.
enum class StoredKind { jpeg, png, raw };

/// How a pack stores images.
enum class PackEncoding {
  keep,  ///< as they come; what is shrunk keeps its kind, but WebP becomes JPEG
  jpeg,  ///< all as JPEG of `quality`
  png,
  raw,  ///< pixels, upright
};
inline constexpr EnumName<PackEncoding> kPackEncodingNames[] = {
    {PackEncoding::keep, "keep"},
    {PackEncoding::jpeg, "jpeg"},
    {PackEncoding::png, "png"},
    {PackEncoding::raw, "raw"},
};
constexpr std::span<const EnumName<PackEncoding>> enum_names(PackEncoding) {
  return kPackEncodingNames;
}

/// How thoroughly JPEG files that are kept as they came are checked.
enum class JpegCheck {
  decode,     ///< everything but the pixels is decoded: finds what decoding finds
  structure,  ///< the header, and that the end is there
};
inline constexpr EnumName<JpegCheck> kJpegCheckNames[] = {
    {JpegCheck::decode, "decode"},
    {JpegCheck::structure, "structure"},
};
constexpr std::span<const EnumName<JpegCheck>> enum_names(JpegCheck) { return kJpegCheckNames; }

struct ImageOptions {
  PackEncoding encode = PackEncoding::keep;
  int quality = 90;  ///< of the JPEG files that are made, 1 to 100
  JpegCheck check = JpegCheck::decode;
  int max_side = 0;  ///< pixels; what is larger is shrunk, averaging areas; 0: nothing is shrunk
  std::uint64_t max_pixels = 0;  ///< of an image before it is shrunk; 0: see pixel_limit()
  int png_range = 0;  ///< the value that PNGs of 16 bits have for white; 0: what the file says
};

/// The pixels that an image may have: 100 million; of a JPEG that is shrunk, which is decoded at a
/// reduced scale, 1,000 million, or where all its coefficients must be in memory (progressive) 100.
std::uint64_t pixel_limit(const ImageOptions& options, bool is_shrunk, bool is_progressive);

/// What a pack of such images holds.
Encoding stored_encoding(Encoding source, const ImageOptions& options);

/// Adds the options that decide the stored bytes.
void record_image_options(const ImageOptions& options, PackOptionsRecord& record);

}  // namespace lockstep
