#pragma once

#include "tests/imaging/encoders.h"

namespace lockstep {

/// A TIFF with one tag before the orientation.
Encoded tiff_with(int orientation, bool little_endian);

/// Puts the TIFF into a JPEG, behind its first two bytes.
Encoded with_exif(const Encoded& jpeg, const Encoded& tiff);

/// Puts the TIFF into a PNG as its eXIf chunk, behind the header.
Encoded with_png_exif(const Encoded& png, const Encoded& tiff);

}  // namespace lockstep
