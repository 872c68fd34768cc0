#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "imaging/augment/transform.h"
#include "imaging/pixels/normalizer.h"
#include "sharding/feed/batch_loader_options.h"
#include "sharding/feed/batch_plan.h"
#include "sharding/feed/image_batch.h"
#include "sharding/read/dataset.h"

namespace lockstep {

/// A square of `image_size` pixels; for 0 the size of the dataset's first sample. Throws
/// Error(data) where the dataset is empty.
InputSize input_size(const Dataset& dataset, int image_size);

/// Makes batches: reads, decodes, augments and normalises one sample after the other, then mixes
/// them. What it makes depends on the request alone. Reuses its buffers: one object per thread.
class BatchBuilder {
 public:
  /// Throws Error(usage) where the options make no sense.
  BatchBuilder(std::shared_ptr<const Dataset> dataset, const BatchLoaderOptions& options);

  /// Fills `buffer`. Throws Error(data) that names the sample where one is damaged. Returns early,
  /// with the buffer undefined, soon after a stop was requested.
  void build(const BatchRequest& request, BatchBuffer& buffer, const std::stop_token& stop);

 private:
  void resize_transform(InputSize size);
  bool read(std::uint64_t id);
  void add_features(const BatchRequest& request, BatchBuffer& buffer, const std::stop_token& stop);
  void add_images(const BatchRequest& request, BatchBuffer& buffer, const std::stop_token& stop);
  void add_image(const BatchRequest& request, std::size_t slot, std::span<std::uint8_t> pixels);
  void add_label(const BatchRequest& request, BatchBuffer& buffer) const;
  void mix(const BatchRequest& request, std::span<std::uint8_t> pixels, BatchBuffer& buffer);

  std::shared_ptr<const Dataset> dataset_;
  BatchLoaderOptions options_;
  LabelType label_;
  Normalizer normalizer_;
  InputSize size_;
  std::optional<ImageTransform> transform_;  ///< to `size_`
  Sample sample_;
  std::vector<std::uint8_t> pixels_;  ///< of the batch, where floats are wanted
  std::vector<std::uint8_t> first_;   ///< the batch's first image before it was mixed
};

}  // namespace lockstep
