#pragma once

#include <variant>
#include <vector>

#include "imaging/render/image_renderer.h"
#include "imaging/render/linear_color.h"

namespace lockstep {

// Operations on a resampled picture's levels: PIL's operations of the same names, as torchvision's
// policies use them. Each channel is treated separately.

/// A blend of the picture and its 3 x 3 blur (PIL's SMOOTH): 0 is the blur, 1 the picture, more is
/// sharper. The outermost pixels do not change.
struct Sharpness {
  double factor = 1;
  bool operator==(const Sharpness&) const = default;
};

/// Keeps the upper bits of each level.
struct Posterize {
  int bits = 8;
  bool operator==(const Posterize&) const = default;
};

/// Levels of at least this are inverted.
struct Solarize {
  double threshold = 256;
  bool operator==(const Solarize&) const = default;
};

/// Stretches the levels to 0..255.
struct AutoContrast {
  bool operator==(const AutoContrast&) const = default;
};

/// Spreads the levels so that each is about as frequent.
struct Equalize {
  bool operator==(const Equalize&) const = default;
};

using PixelOperation =
    std::variant<LinearColor, Sharpness, Posterize, Solarize, AutoContrast, Equalize>;

/// What is done to a picture, in order. Consecutive linear operations are merged into one.
using PixelProgram = std::vector<PixelOperation>;

/// Adds an operation; linear ones become one with a linear one before them.
void append(PixelProgram& program, const PixelOperation& operation);

/// Runs programs, changing pictures in place. Reuses its buffers: one object per thread.
class PixelProcessor {
 public:
  void run(const PixelProgram& program, const ImageTarget& picture);

 private:
  void sharpen(double factor, const ImageTarget& picture);

  std::vector<std::uint8_t> copy_;
};

}  // namespace lockstep
