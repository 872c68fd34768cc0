#pragma once

#include <memory>

#include "sharding/feed/batch_loader_options.h"
#include "sharding/feed/batch_plan.h"
#include "sharding/feed/image_batch.h"
#include "sharding/read/dataset.h"

namespace lockstep {

/// Makes a plan's batches, in order, ahead of their use: each of `workers` threads takes the plan's
/// next batch into a free slot of a ring of prefetch + 1 slots. Destruction at any time stops and
/// joins the threads. Used from one thread.
///
///     BatchLoader loader(pack.split("train"), options, training_batches({...}));
///     while (const ImageBatch* batch = loader.next()) train_on(*batch);
class BatchLoader {
 public:
  /// Throws Error(usage) where the options make no sense. `plan` is called from the workers.
  BatchLoader(std::shared_ptr<const Dataset> dataset, const BatchLoaderOptions& options,
              BatchPlan plan);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  /// The next batch, valid until the next call; nullptr at the plan's end. What went wrong in a
  /// worker is thrown here, at its place in the order and at every call after it: Error(data) with
  /// the sample's name where an image is damaged.
  const ImageBatch* next();

  /// Seconds that next() has kept its caller waiting, in total.
  double seconds_waited() const { return seconds_waited_; }

 private:
  class Ring;
  std::unique_ptr<Ring> ring_;
  double seconds_waited_ = 0;
};

}  // namespace lockstep
