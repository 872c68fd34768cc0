#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <ATen/core/Tensor.h>
#include <c10/core/Stream.h>

#include "sharding/feed/batch_loader.h"

namespace lockstep {

/// A loaded batch on the training device.
struct DeviceBatch {
  /// [B, C, H, W] float32, channels-last, normalised; or features, [B, D] float32.
  at::Tensor images;
  at::Tensor weights;  ///< [B] float32
  /// One of the two, as the pack's labels are; the other is undefined.
  at::Tensor labels = {};   ///< [B] int64: class numbers
  at::Tensor targets = {};  ///< [B, k] float32: numbers, or flags of 0 and 1
  /// Undefined unless samples are mixed: the other sample's label or targets, and its share.
  at::Tensor mix_labels = {};   ///< [B] int64
  at::Tensor mix_targets = {};  ///< [B, k] float32
  at::Tensor mix_shares = {};   ///< [B] float32
  std::uint64_t index = 0;      ///< that of its BatchRequest

  /// `targets`; of mixed samples, those of both by their shares.
  at::Tensor mixed_targets() const;
};

/// The batch on `device`, its images as the loader made them, floats or bytes. On a CPU the tensors
/// are views of the loader's memory. To a GPU, bytes in memory of pinned_memory() travel while the
/// host goes on.
DeviceBatch to_device(const ImageBatch& batch, at::Device device);

/// Images [B, C, H, W] as a network takes them: bytes become (x / 255 - mean) / std, and floats are
/// so already. `mean` and `std` are [1, C, 1, 1] (or [1, 1, 1, 1]) float32 on the images' device.
at::Tensor normalised(const at::Tensor& images, const at::Tensor& mean, const at::Tensor& std);

/// How a loader serves this device: a GPU gets images as bytes, a quarter of what floats would be,
/// from pinned memory; a CPU floats.
BatchLoaderOptions options_for(BatchLoaderOptions options, at::Device device);

/// A plan's batches on the training device, made ahead of their use. To a GPU they travel on a
/// stream of their own, beside what it computes meanwhile. Used from one thread.
///
///     BatchFeed feed(dataset, options, evaluation_batches(samples, 64, rank, ranks), device);
///     while (const std::optional<DeviceBatch> batch = feed.next()) evaluate(*batch);
class BatchFeed {
 public:
  /// As BatchLoader; `options` are made to fit the device.
  BatchFeed(std::shared_ptr<const Dataset> dataset, const BatchLoaderOptions& options,
            BatchPlan plan, at::Device device);

  /// The next batch, nullopt at the plan's end. On a CPU its tensors are valid until the next call.
  /// Does not wait for the device. Throws as BatchLoader::next.
  std::optional<DeviceBatch> next();

  /// Seconds that next() has waited for the loader, in total.
  double seconds_waited() const { return loader_.seconds_waited(); }

 private:
  BatchLoader loader_;
  at::Device device_;
  at::Tensor mean_;
  at::Tensor std_;
  std::optional<c10::Stream> copies_;  // a GPU's, for batches on their way
};

}  // namespace lockstep
