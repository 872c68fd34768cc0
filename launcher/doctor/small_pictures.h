#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/progress.h"
#include "sharding/read/dataset.h"

namespace lockstep {

/// Some images of a split, small enough to be looked at together.
struct SmallPictures {
  static constexpr int kSide = 32;

  int channels = 1;
  std::size_t count = 0;
  std::vector<std::uint8_t> pixels;  ///< [count, kSide, kSide, channels]
  /// Of each image that cannot be read or decoded: which, and why. They are not in `pixels`.
  std::vector<std::string> damage;
  std::uint64_t looked_at = 0;  ///< images, with the damaged ones

  std::span<const std::uint8_t> picture(std::size_t number) const {
    const std::size_t size = std::size_t{kSide} * kSide * static_cast<std::size_t>(channels);
    return std::span(pixels).subspan(number * size, size);
  }
};

/// At most `most` images of `dataset`, evenly spread over it, as evaluation would cut them.
SmallPictures draw_small_pictures(const std::shared_ptr<const Dataset>& dataset, int channels,
                                  std::uint64_t most, const Progress& progress);

}  // namespace lockstep
