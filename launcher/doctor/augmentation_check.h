#pragma once

#include <memory>

#include "launcher/doctor/finding.h"
#include "sharding/feed/batch_loader_options.h"
#include "sharding/read/dataset.h"

namespace lockstep {

/// What augmentation leaves of images.
struct AugmentedViews {
  int views = 0;
  int blank = 0;  ///< views with less than a quarter of their image's contrast
};

/// Draws 64 images of `dataset` as evaluation sees them, and as training with `options` does in its
/// first 4 epochs. Images of nearly one colour are left out.
AugmentedViews look_at_augmentation(const std::shared_ptr<const Dataset>& dataset,
                                    const BatchLoaderOptions& options);

/// Pure.
Finding check_augmentation(const AugmentedViews& views);

}  // namespace lockstep
