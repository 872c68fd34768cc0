#pragma once

#include <array>

#include "imaging/render/image_renderer.h"

namespace lockstep {

/// Brightness, contrast, saturation and hue in one linear map of colour, applied once with one
/// rounding and one clamp. In YIQ (luma Y by ITU-R 601, and the two chroma axes around it):
///
///     Y' = brightness * (contrast * Y + (1 - contrast) * mean of Y over the picture)
///     (I', Q') = brightness * contrast * saturation * (I, Q), turned by `hue`
///
/// The first three are torchvision's and PIL's. Hue is a rotation about the grey axis, as in DALI's
/// and TensorFlow's YIQ twist and unlike the hue of HSV, which is not linear. In this form
/// the order of the four does not matter, so none is drawn; it matters in other libraries because
/// they clamp after each operation.
struct LinearColor {
  double brightness = 1;  ///< factors, not negative
  double contrast = 1;
  double saturation = 1;
  double hue = 0;  ///< turns

  bool operator==(const LinearColor&) const = default;
};

/// One after the other, in any order.
LinearColor operator*(const LinearColor& a, const LinearColor& b);

/// Row-major 3 x 4: red, green and blue of 0..255 and 1, to red, green and blue.
using ColorMatrix = std::array<double, 12>;

/// `mean` is that of luma over the picture, in 0..255.
ColorMatrix color_matrix(const LinearColor& color, double mean);

/// Changes `picture` in place. One of 1 channel is all luma: saturation and hue do nothing. The
/// same bits on every x86-64: single precision, no fused operations.
void apply(const LinearColor& color, const ImageTarget& picture);

}  // namespace lockstep
