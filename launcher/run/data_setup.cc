#include "launcher/run/data_setup.h"

#include "core/error.h"
#include "sharding/feed/batch_builder.h"

namespace lockstep {
namespace {

/// A pack's mean or std for a network of `channels`. Of grey made from colour the mean is exact;
/// the std would need the channels' covariance, and is that of channels that vary together, as
/// those of photographs nearly do.
std::vector<float> of_channels(const std::vector<float>& values, int channels) {
  if (channels == 1 && values.size() == 3) {
    return {0.299f * values[0] + 0.587f * values[1] + 0.114f * values[2]};
  }
  return values.size() == 1 ? std::vector<float>(static_cast<std::size_t>(channels), values[0])
                            : values;
}

}  // namespace

Pack open_classification_pack(const std::string& directory) {
  check(!directory.empty(), ExitCode::usage,
        "data.pack is not set: give the directory of a pack (`lockstep pack SOURCE --out PACK` "
        "makes one)");
  Pack pack(directory);
  check(pack.label_kind() == LabelKind::int64 && !pack.classes().empty(), ExitCode::data,
        "the labels of pack '{}' are no class numbers, so there is nothing to classify; `lockstep "
        "inspect {}` shows what they are",
        directory, directory);
  return pack;
}

InputSpec input_spec(const Config& config, const Pack& pack, const Dataset& dataset) {
  const InputSize size = input_size(dataset, config.data.image_size);
  check_image_size(config.model, size.height, size.width);
  for (const int side : config.train.image_size) check_image_size(config.model, side, side);
  const int channels = config.data.channels > 0 ? config.data.channels : pack.channels();
  return {.height = size.height,
          .width = size.width,
          .channels = channels,
          .mean = of_channels(pack.mean(), channels),
          .std = of_channels(pack.std(), channels),
          .classes = pack.classes()};
}

std::shared_ptr<const SampleOrder> sample_order(const Config& config, const Dataset& train) {
  if (config.data.balance == Balance::oversample) {
    check(config.data.shuffle == Shuffle::full, ExitCode::usage,
          "data.balance: oversample draws samples from all over the split, so data.shuffle: block "
          "has no effect; use data.balance: weights, or data.shuffle: full");
    return balanced_shuffle(std::make_shared<const ClassMembers>(train), config.run.seed);
  }
  if (config.data.shuffle == Shuffle::block) {
    return block_shuffle(train.size(), config.run.seed, config.data.block_shuffle);
  }
  return full_shuffle(train.size(), config.run.seed);
}

std::vector<float> class_weights(const Config& config, const Dataset& train) {
  if (config.data.balance != Balance::weights) return {};
  return ClassMembers(train).weights();
}

BatchLoaderOptions loader_options(const Config& config, const InputSpec& input) {
  return {.height = input.height,
          .width = input.width,
          .channels = input.channels,
          .mean = input.mean,
          .std = input.std,
          .augment = config.data.augment,
          .seed = config.run.seed,
          .epoch_sizes = config.train.image_size,
          .epochs = static_cast<std::uint64_t>(config.train.epochs),
          .class_weights = {},
          .format = PixelFormat::floats,
          .allocator = {},
          .workers = config.data.workers,
          .prefetch = config.data.prefetch};
}

ModelShape model_shape(const InputSpec& input) {
  return {.channels = input.channels, .classes = static_cast<int>(input.classes.size())};
}

}  // namespace lockstep
