#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "imaging/augment_options.h"
#include "imaging/normalizer.h"
#include "imaging/transform.h"
#include "sharding/batch_plan.h"
#include "sharding/dataset.h"
#include "sharding/image_batch.h"

namespace lockstep {

/// Height and width of a network's input.
struct InputSize {
  int height = 0;
  int width = 0;
};

/// `image_size` squared; for 0 the size of the dataset's first sample. Throws Error(data) where
/// there is none.
InputSize input_size(const Dataset& dataset, int image_size);

/// Makes batches: reads, decodes, augments and normalises one sample after the other. What it makes
/// depends on the request alone. Reuses its buffers: one object per thread.
class BatchBuilder {
 public:
  BatchBuilder(std::shared_ptr<const Dataset> dataset, const TransformOptions& transform,
               const AugmentOptions& augment, std::span<const float> mean,
               std::span<const float> std, std::uint64_t seed);

  /// Fills `buffer`. Throws Error(data) that names the sample where one is damaged. Returns early,
  /// with the buffer undefined, soon after a stop was requested.
  void build(const BatchRequest& request, BatchBuffer& buffer, const std::stop_token& stop);

 private:
  StoredImage stored_image() const;

  std::shared_ptr<const Dataset> dataset_;
  TransformOptions options_;
  std::uint64_t seed_;
  ImageTransform transform_;
  Normalizer normalizer_;
  Sample sample_;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace lockstep
