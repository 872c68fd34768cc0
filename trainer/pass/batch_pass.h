#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include <ATen/core/Tensor.h>

#include "comm/communicator/communicator.h"
#include "core/progress.h"
#include "models/network/image_model.h"
#include "sharding/feed/batch_loader.h"
#include "trainer/lane/batch_feed.h"
#include "trainer/lane/precision.h"

namespace lockstep {

struct BatchPassOptions {
  BatchLoaderOptions loader;
  int batch = 64;  ///< samples; how the split is cut does not depend on the number of ranks
  Precision precision = Precision::fp32;  ///< resolved
  at::Device device = at::kCPU;
  /// Samples as training would be given them in that epoch, by their ids; std::nullopt: plain.
  std::optional<std::uint64_t> augmented = std::nullopt;
};

/// What a pass asks and tells while it works. All may be empty.
struct BatchPassHooks {
  std::function<bool()> stop_requested = {};
  Progress progress = {};  ///< counts batches, of all ranks
  /// After each round, of which every rank has had a batch or none was left for it: here the ranks
  /// may talk.
  std::function<void()> round_done = {};
};

/// The batches that a split of `samples` is cut into.
std::uint64_t count_batches(std::uint64_t samples, int batch);

enum class PassOutcome { finished, stopped };

/// Collective: runs the model in evaluation mode over every sample of `dataset`, each once, without
/// padding. Whole batches are dealt to the ranks; `visit` gets those of this rank, in order, with
/// the outputs [B, K] float32 (DeviceBatch::index is the batch's number in the split). Ends early
/// on all ranks where one was asked to stop. Leaves the model in training mode.
PassOutcome for_each_batch(
    ImageModel& model, std::shared_ptr<const Dataset> dataset, const BatchPassOptions& options,
    Communicator& communicator, const BatchPassHooks& hooks,
    const std::function<void(const DeviceBatch& batch, const at::Tensor& outputs)>& visit);

}  // namespace lockstep
