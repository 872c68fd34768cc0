#include "imaging/codec/file_kind.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "core/ascii.h"
#include "imaging/codec/jpeg.h"
#include "imaging/codec/png.h"
#include "imaging/codec/signature.h"
#include "imaging/codec/webp.h"

namespace lockstep {
namespace {

using namespace std::string_view_literals;
using Bytes = std::span<const std::byte>;

/// A kind of file by the bytes at one place of it.
struct Signature {
  std::string_view bytes;
  std::size_t offset;
  std::string_view name;
  bool is_image = true;
};

constexpr Signature kSignatures[] = {
    {"GIF87a"sv, 0, "a GIF image"},
    {"GIF89a"sv, 0, "a GIF image"},
    {"II*\0"sv, 0, "a TIFF image"},
    {"MM\0*"sv, 0, "a TIFF image"},
    {"II+\0"sv, 0, "a BigTIFF image"},
    {"MM\0+"sv, 0, "a BigTIFF image"},
    {"ftypheic"sv, 4, "a HEIC image"},
    {"ftypheix"sv, 4, "a HEIC image"},
    {"ftyphevc"sv, 4, "a HEIC image"},
    {"ftypmif1"sv, 4, "a HEIF image"},
    {"ftypmsf1"sv, 4, "a HEIF image"},
    {"ftypavif"sv, 4, "an AVIF image"},
    {"ftypavis"sv, 4, "an AVIF image"},
    {"ftypcrx "sv, 4, "a raw photo (CR3)"},
    {"ftyp"sv, 4, "a video (MP4 or MOV)"},
    {"\0\0\0\x0cjP  "sv, 0, "a JPEG 2000 image"},
    {"\xff\x4f\xff\x51"sv, 0, "a JPEG 2000 image"},
    {"\0\0\0\x0cJXL "sv, 0, "a JPEG XL image"},
    {"\xff\x0a"sv, 0, "a JPEG XL image"},
    {"II\xbc"sv, 0, "a JPEG XR image"},
    {"8BPS"sv, 0, "a Photoshop image"},
    {"\0\0\1\0"sv, 0, "an icon"},
    {"DICM"sv, 128, "a DICOM image"},
    {"v/1\1"sv, 0, "an OpenEXR image"},
    {"#?RADIANCE"sv, 0, "a Radiance image"},
    {"%PDF"sv, 0, "a PDF document"},
    {"\x93NUMPY"sv, 0, "a NumPy array", false},
    {"\x89HDF\r\n"sv, 0, "an HDF5 file", false},
    {"PK\3\4"sv, 0, "a ZIP archive", false},
    {"\x1f\x8b"sv, 0, "a gzip file", false},
    {"7z\xbc\xaf\x27\x1c"sv, 0, "a 7z archive", false},
    {"Rar!"sv, 0, "a RAR archive", false},
    {"\x89PNG\n"sv, 0, "a PNG whose line ends a transfer as text has changed; fetch it again",
     false},
    {"AVI "sv, 8, "a video (AVI)"},
};

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// The beginning of a text file, without white space and a byte order mark before it.
std::string_view text_start(Bytes bytes) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                        std::min<std::size_t>(bytes.size(), 512));
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

std::optional<std::string> describe_text(Bytes bytes) {
  const std::string_view text = text_start(bytes);
  const std::string lower = ascii_lower(text);
  if (text.starts_with("version https://git-lfs")) {
    return "a Git LFS pointer; `git lfs pull` fetches the file that it stands for";
  }
  for (const std::string_view tag : {"<!doctype html", "<html", "<head", "<body", "<title"}) {
    if (lower.starts_with(tag))
      return "an HTML page, as a server sends in place of a file; fetch it again";
  }
  const bool printable =
      std::ranges::all_of(text, [](char c) { return is_blank(c) || (c >= ' ' && c <= '~'); });
  if (text.empty() || !printable) return std::nullopt;
  constexpr std::size_t kShown = 30;
  std::string start(text.substr(0, kShown));
  std::ranges::replace_if(start, is_blank, ' ');
  return fmt::format("a text: '{}{}'", start, text.size() > kShown ? " …" : "");
}

/// Of a file that ends within the signature of an image.
bool is_cut_signature(Bytes bytes) {
  for (const std::string_view signature : {"\xff\xd8\xff"sv, "\x89PNG\r\n\x1a\n"sv}) {
    if (bytes.size() < signature.size() &&
        has_signature(bytes, signature.substr(0, bytes.size()))) {
      return true;
    }
  }
  return bytes.size() < 12 && has_signature(bytes, "RIFF");
}

bool is_netpbm(Bytes bytes) {
  if (bytes.size() < 3) return false;
  const char kind = static_cast<char>(bytes[1]);
  return has_signature(bytes, "P") && kind >= '1' && kind <= '7' &&
         is_blank(static_cast<char>(bytes[2]));
}

/// Its size in its header is that of the file, or the reserved bytes are zero.
bool is_bmp(Bytes bytes) {
  return has_signature(bytes, "BM") && has_signature(bytes, "\0\0\0\0"sv, 6);
}

}  // namespace

FileKind describe_file(Bytes bytes) {
  const auto image = [&](std::string_view name) {
    return FileKind{
        fmt::format("{} ({} bytes); convert it to JPEG, PNG or WebP", name, bytes.size()), true};
  };
  const auto other = [&](std::string_view name) {
    return FileKind{fmt::format("{} ({} bytes)", name, bytes.size()), false};
  };
  for (const Signature& signature : kSignatures) {
    if (!has_signature(bytes, signature.bytes, signature.offset)) continue;
    return signature.is_image ? image(signature.name) : other(signature.name);
  }
  if (is_bmp(bytes)) return image("a BMP image");
  if (is_netpbm(bytes)) return image("a Netpbm image");
  if (bytes.empty()) return other("empty; fetch it again");
  if (is_cut_signature(bytes)) return other("the first bytes of an image; fetch it again");
  if (std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; })) {
    return other("nothing but zeros, as a broken download leaves; fetch it again");
  }
  const std::string_view text = text_start(bytes);
  if (text.starts_with("<svg") || (text.starts_with("<?xml") && text.find("<svg") != text.npos)) {
    return image("an SVG drawing");
  }
  if (const auto described = describe_text(bytes)) return other(*described);
  std::string start;
  for (const std::byte byte : bytes.first(std::min<std::size_t>(bytes.size(), 8))) {
    start += fmt::format(" {:02x}", std::to_integer<unsigned>(byte));
  }
  return other(fmt::format("of no kind that is known, it starts with the bytes{}", start));
}

std::string find_unsupported_jpeg(Bytes encoded) {
  if (!is_jpeg(encoded)) return {};
  const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(encoded[i]); };
  constexpr std::size_t kMarkerBytes = 4;  // 0xff, its number, the length of what follows
  for (std::size_t i = 2; i + kMarkerBytes + 6 <= encoded.size();) {
    if (at(i) != 0xff) return {};
    const unsigned marker = at(i + 1);
    if (marker == 0xff) {  // fill bytes
      ++i;
      continue;
    }
    const bool is_frame =
        marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (!is_frame) {
      if (marker == 0xda) return {};
      i += 2 + (at(i + 2) << 8 | at(i + 3));
      continue;
    }
    const unsigned precision = at(i + 4);
    const unsigned components = at(i + 9);
    if ((marker & 3) == 3) return "a lossless JPEG";
    if (marker > 0xc8) return "a JPEG with arithmetic coding";
    if (marker >= 0xc5) return "a hierarchical JPEG";
    if (precision != 8) return fmt::format("a JPEG of {} bits a sample", precision);
    if (components == 2 || components > 4) return fmt::format("a JPEG of {} channels", components);
    return {};
  }
  return {};
}

std::string find_animation(Bytes encoded) {
  if (is_animated_png(encoded)) return "an animated PNG";
  if (is_animated_webp(encoded)) return "an animated WebP";
  return {};
}

}  // namespace lockstep
