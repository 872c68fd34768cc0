#pragma once

#include <cstdint>

#include "imaging/pixels/image.h"
#include "imaging/render/image_renderer.h"
#include "sharding/read/dataset.h"

namespace lockstep {

/// Draws samples of images: each whole, in its true aspect, shrunk to fit a square. Used from one
/// thread.
///
///     PictureMaker pictures(*pack.split("valid"), pack.channels(), 96);
///     const Image picture = pictures.make(17);
class PictureMaker {
 public:
  /// `dataset` must outlive it. `channels`: 1 grey or 3 RGB.
  PictureMaker(const Dataset& dataset, int channels, int side)
      : dataset_(dataset), channels_(channels), side_(side) {}

  /// Reads the sample, which stays in `sample()`. Throws Error(data), which names it, where it is
  /// damaged.
  Image make(std::uint64_t id);

  const Sample& sample() const { return sample_; }

 private:
  const Dataset& dataset_;
  int channels_;
  int side_;
  ImageRenderer renderer_;
  Sample sample_;
};

}  // namespace lockstep
