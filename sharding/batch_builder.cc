#include "sharding/batch_builder.h"

#include <cassert>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "imaging/decode.h"

namespace lockstep {

InputSize input_size(const Dataset& dataset, int image_size) {
  check(image_size >= 0, ExitCode::usage, "data.image_size is {}, it must not be negative",
        image_size);
  if (image_size > 0) return {image_size, image_size};
  check(dataset.size() > 0, ExitCode::data, "the split is empty; set data.image_size");
  Sample first;
  dataset.read(0, first);
  check_image_size(first.record.height, first.record.width);
  return {static_cast<int>(first.record.height), static_cast<int>(first.record.width)};
}

BatchBuilder::BatchBuilder(std::shared_ptr<const Dataset> dataset,
                           const TransformOptions& transform, const AugmentOptions& augment,
                           std::span<const float> mean, std::span<const float> std,
                           std::uint64_t seed)
    : dataset_(std::move(dataset)),
      options_(transform),
      seed_(seed),
      transform_(transform, augment),
      normalizer_(transform.channels, mean, std) {}

void BatchBuilder::build(const BatchRequest& request, BatchBuffer& buffer,
                         const std::stop_token& stop) {
  const std::size_t count = request.ids.size();
  const std::size_t image_size = transform_.size();
  pixels_.resize(image_size);
  const std::span<float> images = buffer.images.take(count * image_size);
  buffer.labels.resize(count);
  buffer.weights.assign(count, 1.0f);
  for (std::size_t slot = 0; slot < count && !stop.stop_requested(); ++slot) {
    dataset_->read(request.ids[slot], sample_);
    try {
      if (request.augment) {
        const RandomSequence random(seed_, RandomPurpose::augmentation, request.epoch,
                                    request.first_position + slot);
        transform_.apply(stored_image(), random, pixels_);
      } else {
        transform_.apply(stored_image(), pixels_);
      }
      normalizer_.apply(pixels_, images.subspan(slot * image_size, image_size));
    } catch (const Error& error) {
      fail(error.code(), "{}: {}", dataset_->describe(request.ids[slot]), error.what());
    }
    buffer.labels[slot] = sample_.label;
  }
  buffer.batch = {.index = request.index,
                  .count = static_cast<int>(count),
                  .height = options_.height,
                  .width = options_.width,
                  .channels = options_.channels,
                  .images = images,
                  .labels = buffer.labels,
                  .weights = buffer.weights};
}

StoredImage BatchBuilder::stored_image() const {
  if (dataset_->encoding() == Encoding::encoded) return {.bytes = sample_.bytes};
  const SampleRecord& record = sample_.record;
  check_image_size(record.height, record.width);
  check(record.channels == 1 || record.channels == 3, ExitCode::data,
        "it has {} channels, not 1 or 3", record.channels);
  check(std::uint64_t{record.height} * record.width * record.channels == sample_.bytes.size(),
        ExitCode::data, "{} bytes are no image of {} x {} pixels with {} channels",
        sample_.bytes.size(), record.width, record.height, record.channels);
  return {sample_.bytes, static_cast<int>(record.height), static_cast<int>(record.width),
          record.channels};
}

}  // namespace lockstep
