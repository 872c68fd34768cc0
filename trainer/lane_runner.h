#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "models/image_model.h"
#include "trainer/lane/batch_feed.h"
#include "trainer/metrics.h"
#include "trainer/train_options.h"

namespace lockstep {

/// What one batch gave, on its device and unread: no synchronisation.
struct BatchSums {
  enum Index : int { kWeight, kLoss, kCount, kTop1, kTop5, kSize };
  at::Tensor loss;    ///< the weighted sum of losses, to back-propagate
  at::Tensor values;  ///< [kSize] float32, by Index: sums of weights and weighted losses; counts,
                      ///< whole numbers
};

/// One forward pass, in `precision` (resolved: fp32 or bf16). The loss is cross-entropy in float32,
/// of a mixed sample that of both labels by their parts. A sample is right where its own label is.
BatchSums forward(ImageModel& model, const DeviceBatch& batch, Precision precision);

/// What `automatic` means on this device; other values are returned as they are. `has_bf16`: the
/// device is a GPU that computes in it. Throws Error(usage) where bf16 is asked for on a GPU that
/// does not.
Precision resolve_precision(Precision precision, at::Device device, bool has_bf16);

/// Seeds LibTorch's generators (dropout) for one lane of one step.
void seed_lane(std::uint64_t seed, std::int64_t step, int lane);

/// Makes LibTorch's results repeatable: deterministic algorithms only (others throw), no
/// autotuning, no TF32; sets the number of threads. Call once, before the first use of a GPU.
void make_deterministic(int threads);

}  // namespace lockstep
