#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "launcher/page/gallery.h"
#include "sharding/read/dataset.h"
#include "sharding/read/pack.h"
#include "trainer/pass/batch_pass.h"

namespace lockstep {

/// The pictures of samples, by their ids.
using SamplePictures = std::map<std::size_t, std::vector<PagePicture>>;

/// Throws Error(usage) where the pack has features, which cannot be drawn.
void check_has_images(const Pack& pack);

/// Each image whole and in its true aspect, its longer side at most 160 pixels. `channels`: 1 grey
/// or 3 RGB. Throws Error(data).
SamplePictures draw_samples(const std::set<std::size_t>& ids, const Dataset& dataset, int channels);

/// A network that is asked where it looks.
struct LookingNetwork {
  ImageModel& model;
  BatchPassOptions options;                               ///< how it is fed
  std::span<const std::string> names;                     ///< of its outputs
  std::function<std::int64_t(std::size_t id)> explained;  ///< the output whose origin is shown
};

/// Adds to the pictures of each sample where the network sees what raises that output (grad_cam).
/// Small batches are in memory at a time.
void add_saliency(SamplePictures& pictures, const LookingNetwork& network,
                  const std::shared_ptr<const Dataset>& dataset);

}  // namespace lockstep
