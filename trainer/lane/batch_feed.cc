#include "trainer/lane/batch_feed.h"

#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

namespace lockstep {
namespace {

template <typename T>
at::Tensor view_of_span(std::span<const T> values, at::IntArrayRef sizes, at::IntArrayRef strides) {
  // from_blob takes a mutable pointer; nothing writes through it.
  return at::from_blob(const_cast<T*>(values.data()), sizes, strides,
                       at::TensorOptions().dtype(c10::CppTypeToScalarType<T>::value));
}

/// Numbers of each sample; undefined where there are none. They are small: pinned when they go.
template <typename T>
at::Tensor of_samples(std::span<const T> values, at::IntArrayRef sizes, at::Device device) {
  if (values.empty()) return {};
  const at::Tensor view = view_of_span(
      values, sizes, sizes.size() == 1 ? at::IntArrayRef{1} : at::IntArrayRef{sizes[1], 1});
  if (device.is_cpu()) return view;
  return view.pin_memory().to(device, view.scalar_type(), /*non_blocking=*/true);
}

/// LibTorch's cache of pinned memory. It waits with the reuse of a block until the copies out of
/// it, which it knows by their address, are done: hence a new block for each batch.
std::shared_ptr<std::byte> pinned_memory(std::size_t bytes) {
  const auto tensor = std::make_shared<at::Tensor>(
      at::empty({static_cast<std::int64_t>(bytes)},
                at::TensorOptions().dtype(at::kByte).pinned_memory(true)));
  return {tensor, static_cast<std::byte*>(tensor->data_ptr())};
}

at::Tensor per_channel(const std::vector<float>& values, at::Device device) {
  return at::tensor(values, at::kFloat).reshape({1, -1, 1, 1}).to(device);
}

}  // namespace

DeviceBatch to_device(const ImageBatch& batch, at::Device device, const at::Tensor& mean,
                      const at::Tensor& std) {
  const std::int64_t b = batch.count, h = batch.height, w = batch.width, c = batch.channels;
  const auto as_nchw = [&](auto values) {
    return view_of_span(values, {b, c, h, w}, {h * w * c, 1, w * c, c});
  };
  DeviceBatch result;
  if (batch.pixels.empty()) {
    result.images = as_nchw(batch.images).to(device);
  } else {
    result.images = as_nchw(batch.pixels)
                        .to(device, at::kByte, /*non_blocking=*/true)
                        .to(at::kFloat)
                        .div_(255)
                        .sub_(mean)
                        .div_(std);
  }
  const std::int64_t k = batch.target_width;
  result.weights = of_samples(batch.weights, {b}, device);
  result.labels = of_samples(batch.labels, {b}, device);
  result.targets = of_samples(batch.targets, {b, k}, device);
  result.mix_labels = of_samples(batch.mix_labels, {b}, device);
  result.mix_targets = of_samples(batch.mix_targets, {b, k}, device);
  result.mix_shares = of_samples(batch.mix_shares, {b}, device);
  result.index = batch.index;
  return result;
}

at::Tensor DeviceBatch::mixed_targets() const {
  if (!mix_targets.defined()) return targets;
  const at::Tensor shares = mix_shares.unsqueeze(1);
  return targets * (1 - shares) + mix_targets * shares;
}

BatchLoaderOptions options_for(BatchLoaderOptions options, at::Device device) {
  if (device.is_cpu()) return options;
  options.format = PixelFormat::bytes;
  options.allocator = pinned_memory;
  return options;
}

BatchFeed::BatchFeed(std::shared_ptr<const Dataset> dataset, const BatchLoaderOptions& options,
                     BatchPlan plan, at::Device device)
    : loader_(std::move(dataset), options_for(options, device), std::move(plan)),
      device_(device),
      mean_(per_channel(options.mean, device)),
      std_(per_channel(options.std, device)) {}

std::optional<DeviceBatch> BatchFeed::next() {
  const ImageBatch* batch = loader_.next();
  if (batch == nullptr) return std::nullopt;
  return to_device(*batch, device_, mean_, std_);
}

}  // namespace lockstep
