#include "launcher/data_setup.h"

#include "core/error.h"

namespace lockstep {

Pack open_classification_pack(const std::string& directory) {
  check(!directory.empty(), ExitCode::usage,
        "data.pack is not set: give the directory of a pack (`lockstep pack SOURCE --out PACK` "
        "makes one)");
  Pack pack(directory);
  check(pack.label_kind() == LabelKind::int64 && !pack.classes().empty(), ExitCode::data,
        "the labels of pack '{}' are no class numbers, so there is nothing to classify; `lockstep "
        "inspect {}` shows what "
        "they are",
        directory, directory);
  return pack;
}

InputSpec input_spec(const Config& config, const Pack& pack, const Dataset& dataset) {
  InputSpec input{.height = config.data.image_size,
                  .width = config.data.image_size,
                  .channels = pack.channels(),
                  .mean = pack.mean(),
                  .std = pack.std(),
                  .classes = pack.classes()};
  if (config.data.image_size == 0) {
    check(dataset.size() > 0, ExitCode::data, "pack '{}' has an empty split",
          pack.directory().string());
    Sample first;
    dataset.read(0, first);
    input.height = static_cast<int>(first.record.height);
    input.width = static_cast<int>(first.record.width);
  }
  return input;
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
