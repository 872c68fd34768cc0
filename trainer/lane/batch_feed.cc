#include "trainer/lane/batch_feed.h"

#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "comm/device/device_mark.h"
#include "core/process/pulse.h"
#include "trainer/lane/host_copy.h"

namespace lockstep {
namespace {

template <typename T>
at::Tensor view_of_span(std::span<const T> values, at::IntArrayRef sizes, at::IntArrayRef strides) {
  // from_blob takes a mutable pointer; nothing writes through it.
  return at::from_blob(const_cast<T*>(values.data()), sizes, strides,
                       at::TensorOptions().dtype(c10::CppTypeToScalarType<T>::value));
}

/// Numbers of each sample; undefined where there are none.
template <typename T>
at::Tensor of_samples(std::span<const T> values, at::IntArrayRef sizes, at::Device device) {
  if (values.empty()) return {};
  const at::Tensor view = view_of_span(
      values, sizes, sizes.size() == 1 ? at::IntArrayRef{1} : at::IntArrayRef{sizes[1], 1});
  return device_copy(view, device);
}

/// LibTorch's cache of pinned memory. It waits with the reuse of a block until the copies out of
/// it, which it knows by their address, are done: hence a new block for each batch.
std::shared_ptr<std::byte> pinned_memory(std::size_t bytes) {
  const auto tensor = std::make_shared<at::Tensor>(
      at::empty({static_cast<std::int64_t>(bytes)},
                at::TensorOptions().dtype(at::kByte).pinned_memory(true)));
  return {tensor, static_cast<std::byte*>(tensor->data_ptr())};
}

/// One for all feeds of the process: memory that a stream was given is not another's.
c10::Stream stream_of_copies(at::Device device) {
  static const c10::Stream stream =
      c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
  return stream;
}

/// The batch on the stream's device, sent on that stream; what the current stream is given from now
/// on finds it there.
DeviceBatch send(const ImageBatch& loaded, const c10::Stream& copies) {
  const c10::Stream current = current_stream(copies.device());
  std::optional<c10::StreamGuard> sending(copies);
  const DeviceBatch batch = to_device(loaded, copies.device());
  const DeviceMark sent(copies.device());
  sending.reset();
  sent.block_current_stream();
  for (const at::Tensor* tensor : {&batch.images, &batch.weights, &batch.labels, &batch.targets,
                                   &batch.mix_labels, &batch.mix_targets, &batch.mix_shares}) {
    // Their memory is not another batch's before the current stream is done with them.
    if (tensor->defined()) tensor->record_stream(current);
  }
  return batch;
}

at::Tensor per_channel(const std::vector<float>& values, at::Device device) {
  return at::tensor(values, at::kFloat).reshape({1, -1, 1, 1}).to(device);
}

}  // namespace

DeviceBatch to_device(const ImageBatch& batch, at::Device device) {
  const std::int64_t b = batch.count, h = batch.height, w = batch.width, c = batch.channels;
  const auto as_nchw = [&](auto values) {
    return view_of_span(values, {b, c, h, w}, {h * w * c, 1, w * c, c});
  };
  const std::int64_t d = batch.features;
  const at::Tensor images = d > 0                  ? view_of_span(batch.images, {b, d}, {d, 1})
                            : batch.pixels.empty() ? as_nchw(batch.images)
                                                   : as_nchw(batch.pixels);
  const std::int64_t k = batch.target_width;
  DeviceBatch result;
  result.images = images.to(device, images.scalar_type(), /*non_blocking=*/true);
  result.weights = of_samples(batch.weights, {b}, device);
  result.labels = of_samples(batch.labels, {b}, device);
  result.targets = of_samples(batch.targets, {b, k}, device);
  result.mix_labels = of_samples(batch.mix_labels, {b}, device);
  result.mix_targets = of_samples(batch.mix_targets, {b, k}, device);
  result.mix_shares = of_samples(batch.mix_shares, {b}, device);
  result.index = batch.index;
  return result;
}

at::Tensor normalised(const at::Tensor& images, const at::Tensor& mean, const at::Tensor& std) {
  if (images.is_floating_point()) return images;
  return images.to(at::kFloat).div_(255).sub_(mean).div_(std);
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
      std_(per_channel(options.std, device)) {
  if (device.is_cpu()) return;
  copies_ = stream_of_copies(device);
}

std::optional<DeviceBatch> BatchFeed::next() {
  const ImageBatch* loaded = loader_.next();
  beat();
  if (loaded == nullptr) return std::nullopt;
  DeviceBatch batch = copies_ ? send(*loaded, *copies_) : to_device(*loaded, device_);
  batch.images = normalised(batch.images, mean_, std_);
  return batch;
}

}  // namespace lockstep
