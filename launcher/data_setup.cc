#include "launcher/data_setup.h"

#include "core/error.h"
#include "sharding/batch_builder.h"

namespace lockstep {

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
  return {.height = size.height,
          .width = size.width,
          .channels = pack.channels(),
          .mean = pack.mean(),
          .std = pack.std(),
          .classes = pack.classes()};
}

BatchLoaderOptions loader_options(const Config& config, const InputSpec& input) {
  return {.height = input.height,
          .width = input.width,
          .channels = input.channels,
          .mean = input.mean,
          .std = input.std,
          .augment = config.data.augment,
          .seed = config.run.seed,
          .workers = config.data.workers,
          .prefetch = config.data.prefetch};
}

ModelShape model_shape(const InputSpec& input) {
  return {.channels = input.channels, .classes = static_cast<int>(input.classes.size())};
}

}  // namespace lockstep
