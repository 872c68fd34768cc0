#include "sharding/feed/batch_builder.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/random.h"
#include "imaging/augment/mix.h"
#include "imaging/codec/decode.h"
#include "sharding/read/sample_image.h"

namespace lockstep {

InputSize input_size(const Dataset& dataset, int image_size) {
  check(image_size >= 0, ExitCode::usage, "data.image_size is {}, it must not be negative",
        image_size);
  if (image_size > 0) return {image_size, image_size};
  check(dataset.size() > 0, ExitCode::data, "the split is empty; set data.image_size");
  Sample first;
  dataset.read(0, first);
  check(dataset.encoding() != Encoding::features, ExitCode::usage,
        "the split has features, and no images");
  check_decodable_size(first.record.height, first.record.width);
  return {static_cast<int>(first.record.height), static_cast<int>(first.record.width)};
}

BatchBuilder::BatchBuilder(std::shared_ptr<const Dataset> dataset,
                           const BatchLoaderOptions& options)
    : dataset_(std::move(dataset)),
      options_(options),
      label_(dataset_->label_type()),
      normalizer_(options.channels, options.mean, options.std) {
  const bool has_features = dataset_->encoding() == Encoding::features;
  check(has_features == (options.features > 0), ExitCode::usage,
        "the dataset has {}, and {} are asked for", has_features ? "features" : "images",
        has_features ? "images" : "features");
  for (const int side : options.epoch_sizes) resize_transform({side, side});  // checks them all
  resize_transform({options.height, options.width});
}

void BatchBuilder::resize_transform(InputSize size) {
  if (transform_ && size == size_) return;
  size_ = size;
  transform_.emplace(TransformOptions{.height = size.height,
                                      .width = size.width,
                                      .channels = options_.channels,
                                      .fill = fill_of_mean(options_.mean)},
                     options_.augment);
}

void BatchBuilder::build(const BatchRequest& request, BatchBuffer& buffer,
                         const std::stop_token& stop) {
  for (const IdRange& range : request.read_ahead) dataset_->read_ahead(range.first, range.count);
  resize_transform(size_of(options_, request));
  for (std::vector<float>* values :
       {&buffer.targets, &buffer.weights, &buffer.mix_targets, &buffer.mix_shares}) {
    values->clear();
  }
  buffer.labels.clear();
  buffer.mix_labels.clear();
  buffer.batch = {.index = request.index,
                  .count = static_cast<int>(request.ids.size()),
                  .height = size_.height,
                  .width = size_.width,
                  .channels = options_.channels,
                  .features = static_cast<int>(options_.features),
                  .images = {},
                  .pixels = {},
                  .labels = {},
                  .targets = {},
                  .target_width = label_.has_targets() ? static_cast<int>(label_.width) : 0,
                  .weights = {},
                  .mix_labels = {},
                  .mix_targets = {},
                  .mix_shares = {}};
  if (options_.features > 0) {
    add_features(request, buffer, stop);
  } else {
    add_images(request, buffer, stop);
  }
  buffer.batch.labels = buffer.labels;
  buffer.batch.targets = buffer.targets;
  buffer.batch.weights = buffer.weights;
  buffer.batch.mix_labels = buffer.mix_labels;
  buffer.batch.mix_targets = buffer.mix_targets;
  buffer.batch.mix_shares = buffer.mix_shares;
}

void BatchBuilder::add_features(const BatchRequest& request, BatchBuffer& buffer,
                                const std::stop_token& stop) {
  const std::size_t width = options_.features;
  const std::span<float> floats =
      buffer.images.take<float>(request.ids.size() * width, options_.allocator);
  for (std::size_t slot = 0; slot < request.ids.size() && !stop.stop_requested(); ++slot) {
    const std::span<float> features = floats.subspan(slot * width, width);
    if (read(request.ids[slot])) {
      check(sample_.bytes.size() == features.size_bytes(), ExitCode::data,
            "{} has {} bytes, and {} features have {}", dataset_->describe(request.ids[slot]),
            sample_.bytes.size(), width, features.size_bytes());
      std::memcpy(features.data(), sample_.bytes.data(), features.size_bytes());
      check(are_finite(features), ExitCode::data, "{} has features that are no finite numbers",
            dataset_->describe(request.ids[slot]));
    } else {
      std::ranges::fill(features, 0.0f);
    }
    add_label(request, buffer);
  }
  buffer.batch.images = floats;
}

void BatchBuilder::add_images(const BatchRequest& request, BatchBuffer& buffer,
                              const std::stop_token& stop) {
  const std::size_t count = request.ids.size();
  const std::size_t image_size = transform_->size();
  std::span<float> floats;
  std::span<std::uint8_t> pixels;
  if (options_.format == PixelFormat::bytes) {
    pixels = buffer.images.take<std::uint8_t>(count * image_size, options_.allocator);
    buffer.batch.pixels = pixels;
  } else {
    floats = buffer.images.take<float>(count * image_size, options_.allocator);
    buffer.batch.images = floats;
    pixels_.resize(count * image_size);
    pixels = pixels_;
  }
  const bool mixes = request.augment && (options_.augment.mixup > 0 || options_.augment.cutmix > 0);
  const auto normalise = [&](std::size_t begin, std::size_t size) {
    if (!floats.empty()) {
      normalizer_.apply(pixels.subspan(begin, size), floats.subspan(begin, size));
    }
  };
  for (std::size_t slot = 0; slot < count && !stop.stop_requested(); ++slot) {
    add_image(request, slot, pixels.subspan(slot * image_size, image_size));
    if (!mixes) normalise(slot * image_size, image_size);  // while its pixels are in the cache
    add_label(request, buffer);
  }
  if (!mixes || stop.stop_requested()) return;
  mix(request, pixels, buffer);
  normalise(0, pixels.size());
}

/// That of `sample_`, which was read.
void BatchBuilder::add_label(const BatchRequest& request, BatchBuffer& buffer) const {
  float weight = 1;
  if (label_.kind == LabelKind::int64) {
    buffer.labels.push_back(sample_.label);
    if (request.augment && !options_.class_weights.empty()) {
      weight = options_.class_weights.at(static_cast<std::size_t>(sample_.label));
    }
  } else if (label_.has_targets()) {
    buffer.targets.insert(buffer.targets.end(), sample_.targets.begin(), sample_.targets.end());
  }
  buffer.weights.push_back(weight);
}

/// Reads into `sample_`; false where it cannot be read, and on_damage was told.
bool BatchBuilder::read(std::uint64_t id) {
  try {
    dataset_->read(id, sample_);
    return true;
  } catch (const Error& error) {
    if (!options_.on_damage || error.code() != ExitCode::data) throw;
    options_.on_damage(id, error.what());
    return false;
  }
}

void BatchBuilder::add_image(const BatchRequest& request, std::size_t slot,
                             std::span<std::uint8_t> pixels) {
  const std::uint64_t id = request.ids[slot];
  if (!read(id)) {
    std::ranges::fill(pixels, std::uint8_t{0});
    return;
  }
  try {
    const StoredImage image = stored_image(sample_, dataset_->encoding());
    if (request.augment) {
      const RandomSequence random(options_.seed, RandomPurpose::augmentation, request.epoch,
                                  request.first_position + slot);
      transform_->apply(image, random, pixels);
    } else {
      transform_->apply(image, pixels);
    }
  } catch (const Error& error) {
    if (!options_.on_damage || error.code() != ExitCode::data) {
      fail(error.code(), "{}: {}", dataset_->describe(id), error.what());
    }
    std::ranges::fill(pixels, std::uint8_t{0});
    options_.on_damage(id, error.what());
  }
}

/// Each sample takes its part of the one after it, the last of the first: of what they were before,
/// so the first is kept.
void BatchBuilder::mix(const BatchRequest& request, std::span<std::uint8_t> pixels,
                       BatchBuffer& buffer) {
  const std::size_t count = request.ids.size();
  const std::size_t image_size = pixels.size() / count;
  const std::vector<float> weights = buffer.weights;
  first_.assign(pixels.begin(), pixels.begin() + static_cast<std::ptrdiff_t>(image_size));
  const auto of_the_next = [count](const auto& values, auto& result) {
    const auto width = static_cast<std::ptrdiff_t>(values.size() / count);
    result.resize(values.size());
    std::ranges::rotate_copy(values, values.begin() + width, result.begin());
  };
  of_the_next(buffer.labels, buffer.mix_labels);
  of_the_next(buffer.targets, buffer.mix_targets);
  buffer.mix_shares.resize(count);
  for (std::size_t slot = 0; slot < count; ++slot) {
    const std::size_t other = (slot + 1) % count;
    RandomSequence random(options_.seed, RandomPurpose::mix, request.epoch,
                          request.first_position + slot);
    const Mix drawn = draw_mix(options_.augment, size_.height, size_.width, random);
    const std::span<const std::uint8_t> other_pixels =
        other == 0 ? std::span<const std::uint8_t>(first_)
                   : pixels.subspan(other * image_size, image_size);
    apply_mix(drawn, size_.width, options_.channels, other_pixels,
              pixels.subspan(slot * image_size, image_size));
    const float share = static_cast<float>(drawn.share) / 256.0f;
    buffer.mix_shares[slot] = share;
    buffer.weights[slot] = (1 - share) * weights[slot] + share * weights[other];
  }
}

}  // namespace lockstep
