#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/random.h"
#include "imaging/augment/augment_geometry.h"
#include "imaging/augment/augment_options.h"
#include "imaging/render/image_renderer.h"

namespace lockstep {

/// A box of a picture that is filled.
struct Erasure {
  Box box{};
  EraseFill fill = EraseFill::mean;
  std::array<std::uint32_t, 2> noise_key{};  ///< of EraseFill::noise: what the bytes follow from

  bool operator==(const Erasure&) const = default;
};

/// Random erasing (Zhong et al., 2020), as torchvision's RandomErasing: with probability
/// `options.erase` ten tries for a box that is smaller than the picture; nothing where none is.
std::optional<Erasure> draw_erasure(const AugmentOptions& options, Extent picture,
                                    RandomSequence& random);

/// Fills the box, with `mean` (a level for each channel) or with noise.
void erase(const Erasure& erasure, const std::array<std::uint8_t, 3>& mean,
           const ImageTarget& picture);

}  // namespace lockstep
