#include "launcher/doctor_rank/check_training.h"

#include "launcher/doctor/augmentation_check.h"
#include "launcher/doctor/data_checks.h"
#include "launcher/doctor_rank/try_config.h"
#include "launcher/setup/data_setup.h"
#include "launcher/setup/initial_weights.h"
#include "sharding/format/pack_format.h"

namespace lockstep {
namespace {

void check_all(Config config, RankContext& context, Findings& all) {
  const TrainingData data = open_training_data(config.data);
  take_input(read_initial_weights(config.model, context.communicator), config);
  const InputSpec input = input_spec(config, data.pack, *data.train);
  const Findings of_data = check_data({.pack = data.pack,
                                       .names = data.labels.names,
                                       .train = data.train,
                                       .valid = data.valid,
                                       .mean = input.mean,
                                       .std = input.std,
                                       .balance = config.data.balance},
                                      context.progress_of("doctor"));
  all.insert(all.end(), of_data.begin(), of_data.end());
  if (!data.pack.features()) {
    const BatchLoaderOptions options = loader_options(config, input, /*cores=*/1);
    all.push_back(check_augmentation(look_at_augmentation(data.train, options)));
  }
  const Findings of_config = try_config(config, input, context);
  all.insert(all.end(), of_config.begin(), of_config.end());
}

}  // namespace

Findings check_training(const Config& config, RankContext& context) {
  Findings all;
  const std::filesystem::path manifest = std::filesystem::path(config.data.pack) / kPackManifest;
  std::error_code unknown;
  if (!std::filesystem::exists(manifest, unknown) && !unknown) {
    return {{CheckedPart::data, "pack", Verdict::fail,
             fmt::format("there is no pack at '{}', so its data and what the config does with them "
                         "were not looked at",
                         config.data.pack),
             fmt::format("make it with `lockstep pack SOURCE --out {}`, or name another with "
                         "data.pack=PACK",
                         config.data.pack)}};
  }
  try {
    check_all(config, context, all);
  } catch (const Error& error) {
    const bool is_data = error.code() == ExitCode::data;
    all.push_back({is_data ? CheckedPart::data : CheckedPart::config, "training begins",
                   Verdict::fail, error.what(), "see to this first: what follows needs it"});
  }
  return all;
}

}  // namespace lockstep
