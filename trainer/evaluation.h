#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include <ATen/core/Tensor.h>

#include "comm/communicator/communicator.h"
#include "models/image_model.h"
#include "sharding/feed/batch_loader.h"
#include "trainer/metrics.h"
#include "trainer/train_options.h"

namespace lockstep {

struct EvaluationOptions {
  BatchLoaderOptions loader;
  int batch =
      64;  ///< samples; the split is cut into batches that do not depend on the number of ranks
  Precision precision = Precision::fp32;  ///< resolved
  at::Device device = at::kCPU;
};

/// What evaluate() asks and tells while it works. Both may be empty.
struct EvaluationHooks {
  std::function<bool()> stop_requested;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;  ///< batches, of all ranks
};

/// Collective: the metrics over every sample of `dataset`, each once: no padding, no duplicates.
/// Whole batches are dealt to ranks; counts are integers, sums are double and added in batch order,
/// so the result does not depend on the number of ranks. std::nullopt on every rank where one was
/// asked to stop. Leaves the model in training mode.
std::optional<MetricSums> evaluate(ImageModel& model, std::shared_ptr<const Dataset> dataset,
                                   const EvaluationOptions& options, Communicator& communicator,
                                   const EvaluationHooks& hooks);

}  // namespace lockstep
