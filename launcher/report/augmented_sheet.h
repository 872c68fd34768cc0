#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "imaging/chart/contact_sheet.h"
#include "sharding/feed/batch_loader.h"
#include "sharding/read/dataset.h"

namespace lockstep {

/// The same images in several views: batch 0 is the plain one, batch k that of epoch k - 1.
BatchPlan views_plan(std::vector<std::uint64_t> ids, std::uint64_t epochs);

/// What a network is fed: a row for each of the first images of epoch 0, first as evaluation sees
/// it, then as training sees it in one epoch after the other, made by a BatchLoader with `options`
/// and shown with the mean and standard deviation put back. The draws are those of the first
/// positions of each epoch. `label_names` are those of Pack::label_names(), or of the classes that
/// `dataset` has.
ContactSheet augmented_sheet(std::span<const std::string> label_names,
                             const std::shared_ptr<const Dataset>& dataset,
                             const BatchLoaderOptions& options);

}  // namespace lockstep
