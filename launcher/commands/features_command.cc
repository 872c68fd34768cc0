#include "launcher/commands/features_command.h"

#include <algorithm>

#include "launcher/cli/option_types.h"
#include "launcher/setup/run_config.h"

namespace lockstep {

const char* const FeaturesCommand::kHelp =
    R"(The network of the config (model.name, model.weights) runs up to its head, once over each image of
data.pack. What the head would be given becomes a pack: `train` with the same config and data.pack=PACK
trains the head alone, many times faster, and the run holds the whole network: eval, predict and export
take images as always, and model.weights=RUN goes on with all of it.

Examples:
  lockstep features configs/dog_breeds.yaml --out data/dogs-features
  lockstep features configs/dog_breeds.yaml --out data/dogs-features --views 4 -n 2
  lockstep features configs/dog_breeds.yaml --out data/dogs-layer3 --at layer3 --split valid)";

void FeaturesCommand::add_options(CLI::App& app) {
  app.add_option("CONFIG|RUN", target,
                 "A config file; or the directory of a run, for its config and its network")
      ->required();
  app.add_option("key=value", overrides, "Overrides of config keys");
  add_ranks(app, ranks);
  app.add_option("--out", job.out, "The pack of features")->required()->type_name("PACK");
  CLI::Option* const at =
      app.add_option("--at", job.layer,
                     "What this stage or layer gives instead, to be looked at (`lockstep models "
                     "NAME`\nlists them)")
          ->type_name("LAYER");
  add_choice(app, "--pool", job.pool,
             "Of a layer's output for each part of an image: the mean, or all")
      ->needs(at);
  add_number(app, "--views", job.views, 0, 10'000,
             "Augmented views of each sample to train on; 0: each once, as it is")
      ->default_str("0");
  add_list(app, "--split", job.splits, "Of this split alone; may be given again")
      ->type_name("NAME");
  app.add_flag("--force", job.force, "Replace an older pack of features");
}

ExitCode FeaturesCommand::run(Process& process) const {
  // Of a run its own network is meant, unless other weights are named.
  const bool names_weights = std::ranges::any_of(
      overrides, [](const std::string& word) { return word.starts_with("model.weights="); });
  const auto config = [&] {
    Config read = read_run_config(target, overrides);
    if (std::filesystem::is_directory(target) && !names_weights) {
      read.model.weights = target.string();
    }
    return read;
  };
  const Launch launch(process, OnStop::ends);
  const int count = launch.count_ranks(
      ranks, [&] { return count_automatic_ranks(/*lanes=*/0, config().train.device); });
  if (count > 1) return launch.start_ranks(count, config().train.device, {});
  RankContext& context = launch.start_rank();
  FeaturesJob features_job = job;
  features_job.config = shared_config(config, context.communicator);
  return run_features_rank(features_job, context);
}

}  // namespace lockstep
