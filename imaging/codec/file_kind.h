#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace lockstep {

/// What a file is that starts as no image that is read.
struct FileKind {
  std::string text;       ///< "a GIF image (35 bytes); convert it to JPEG, PNG or WebP"
  bool is_image = false;  ///< of a kind that is not read
};

/// By its first bytes: other images, web pages, Git LFS pointers, what a broken download leaves …
FileKind describe_file(std::span<const std::byte> bytes);

/// Why a JPEG that could not be decoded is not damaged but of a kind that is not read (12 bits,
/// lossless, arithmetic coding …); empty where its header says nothing of that kind.
std::string find_unsupported_jpeg(std::span<const std::byte> encoded);

/// Why a PNG or WebP is not one image; empty where it is.
std::string find_animation(std::span<const std::byte> encoded);

}  // namespace lockstep
