#pragma once

#include <cstddef>
#include <span>

namespace lockstep {

/// The orientation (1 to 8) that EXIF data in TIFF form states; "Exif\0\0" may precede it. Returns
/// 1 (upright) where it states none or is damaged: damaged EXIF must not cost the picture.
int exif_orientation(std::span<const std::byte> data);

}  // namespace lockstep
