#include "launcher/setup/feature_setup.h"

#include <vector>

#include <fmt/ranges.h>

#include "core/error.h"
#include "models/model_summary.h"

namespace lockstep {
namespace {

/// Throws unless the config leaves `key` open, or says what was so when the features were taken.
template <typename Value>
void check_same(const Pack& pack, const char* key, bool is_given, const Value& given,
                const Value& taken) {
  check(!is_given || given == taken, ExitCode::usage,
        "{} is {}, and the features in '{}' were taken with {}: take them again (`lockstep "
        "features`), or leave it as it was",
        key, given, pack.directory(), taken);
}

}  // namespace

InputSpec input_of_features(const Config& config, const ChannelStatistics& given,
                            const Pack& pack) {
  const FeatureInfo& features = pack.features().value();
  const DataOptions& data = config.data;
  check_same(pack, "model.name", true, config.model.name, features.network);
  const InputSpec input{.height = static_cast<int>(features.height),
                        .width = static_cast<int>(features.width),
                        .channels = pack.channels(),
                        .mean = pack.mean(),
                        .std = pack.std()};
  check_same(pack, "data.image_size", data.image_size > 0, data.image_size, input.height);
  check_same(pack, "data.channels", data.channels > 0, data.channels, input.channels);
  check_same(pack, "data.mean", !given.mean.empty(), of_channels(given.mean, input.channels),
             input.mean);
  check_same(pack, "data.std", !given.std.empty(), of_channels(given.std, input.channels),
             input.std);
  check(config.train.image_size.empty(), ExitCode::usage,
        "train.image_size changes the size of images, and '{}' has features of {}x{} pixels: "
        "leave it out",
        pack.directory(), input.height, input.width);
  return input;
}

void check_features(const Pack& pack, const std::string& network, const ImageModel& model) {
  if (!pack.features()) return;
  const FeatureInfo& features = *pack.features();
  check(features.layer == kHeadInput, ExitCode::usage,
        "'{}' has what layer '{}' gives, which no head takes: to train on features, take them "
        "without --at",
        pack.directory(), features.layer);
  check(features.network == network, ExitCode::usage,
        "the features in '{}' are those of {}, and the model is {}: give the pack of the images",
        pack.directory(), features.network, network);
  check(features.weights == digest_without_head(model), ExitCode::usage,
        "the features in '{}' were taken with other weights of {} than those here (model.weights, "
        "or the trained model): take them again with `lockstep features` and the same weights",
        pack.directory(), features.network);
}

}  // namespace lockstep
