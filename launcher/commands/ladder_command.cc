#include "launcher/commands/ladder_command.h"

#include "launcher/cli/option_types.h"

namespace lockstep {

const char* const LadderCommand::kHelp =
    R"(Trains a linear model, a perceptron, LeNet and ResNets of ever more blocks for the config's epochs,
until one learns the training split. Nothing is stored. The training error is that of the last epoch while it
trained: of classes the part that is wrong, of labels 1 - F1, of numbers the part of the variance that is left.

Examples:
  lockstep ladder configs/fashion_mnist.yaml data.limit=5000 data.augment.preset=none -n 2
  lockstep ladder configs/images.yaml data.image_size=64 train.epochs=5 --plot ladder.png)";

void LadderCommand::add_options(CLI::App& app) {
  search.add_config(app);
  add_fraction(app, "--bound", job.bound, "The training error at which it ends")
      ->default_str("0.01");
  add_number(app, "--blocks", job.most_blocks, 1, 64, "Blocks a stage of the largest network")
      ->default_str("4");
  search.add_files(app, job, "the errors");
}

ExitCode LadderCommand::run(Process& process) const { return search.run(process, job, run_ladder); }

}  // namespace lockstep
