#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "launcher/page/gallery.h"
#include "sharding/read/dataset.h"
#include "trainer/pass/batch_pass.h"

namespace lockstep {

/// The pictures of samples, by their ids.
using SamplePictures = std::map<std::size_t, std::vector<PagePicture>>;

/// Each image whole and in its true aspect, its longer side at most 160 pixels. `channels`: 1 grey
/// or 3 RGB. Throws Error(data).
SamplePictures draw_samples(const std::set<std::size_t>& ids, const Dataset& dataset, int channels);

/// Adds to the pictures of each sample where its network, as `options` feed it, sees what raises
/// the output `output_of(id)` (grad_cam). Small batches are in memory at a time.
void add_saliency(SamplePictures& pictures,
                  const std::function<std::int64_t(std::size_t id)>& output_of, ImageModel& model,
                  const BatchPassOptions& options, const std::shared_ptr<const Dataset>& dataset);

}  // namespace lockstep
