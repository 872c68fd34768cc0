#include "launcher/commands/ladder_command.h"

#include "launcher/cli/option_types.h"
#include "launcher/cli/output_file.h"
#include "launcher/setup/run_config.h"

namespace lockstep {

const char* const LadderCommand::kHelp =
    R"(Trains a linear model, a perceptron, LeNet and ResNets of ever more blocks for the config's epochs,
until one learns the training split. Nothing is stored. The training error is that of the last epoch while it
trained: of classes the part that is wrong, of labels 1 - F1, of numbers the part of the variance that is left.

Examples:
  lockstep ladder configs/fashion_mnist.yaml data.limit=5000 data.augment.preset=none -n 2
  lockstep ladder configs/images.yaml data.image_size=64 train.epochs=5 --plot ladder.png)";

void LadderCommand::add_options(CLI::App& app) {
  app.add_option("CONFIG|RUN", target, "A config file, or the directory of a run, for its config")
      ->required();
  app.add_option("key=value", overrides, "Overrides of config keys");
  add_ranks(app, ranks);
  add_fraction(app, "--bound", job.bound, "The training error at which it ends")
      ->default_str("0.01");
  add_number(app, "--blocks", job.most_blocks, 1, 64, "Blocks a stage of the largest network")
      ->default_str("4");
  app.add_option("--out", job.out, "Write the results as a table")->type_name("FILE.csv");
  app.add_option("--plot", job.plot, "Draw the errors by epoch")->type_name("FILE.png");
  app.add_flag("--force", force, "Replace these files");
}

ExitCode LadderCommand::run(Process& process) const {
  if (!job.out.empty()) check_output_file(job.out, force, {target});
  if (!job.plot.empty()) check_picture_file(job.plot, force, {target});
  const Launch launch(process, OnStop::ends);
  const auto read = [&] { return read_run_config(target, overrides); };
  const int count = launch.count_ranks(ranks, [&] {
    const TrainOptions train = read().train;
    return count_automatic_ranks(train.lanes, train.device);
  });
  if (count > 1) return launch.start_ranks(count, read().train.device, {});
  RankContext& context = launch.start_rank();
  LadderJob shared = job;
  shared.config = shared_config(read, context.communicator);
  return run_ladder(shared, context);
}

}  // namespace lockstep
