#include "launcher/commands/batch_find_command.h"

#include "launcher/cli/option_types.h"
#include "launcher/setup/run_config.h"

namespace lockstep {

const char* const BatchFindCommand::kHelp =
    R"(Trains a few steps with 1, 2, 4, ... samples, each in a process of its own, until the device has no
memory left. One device; nothing is stored.

Examples:
  lockstep batch-find configs/images.yaml
  lockstep batch-find configs/images.yaml model.checkpointing=true --max 256)";

void BatchFindCommand::add_options(CLI::App& app) {
  app.add_option("CONFIG|RUN", target, "A config file, or the directory of a run, for its config")
      ->required();
  app.add_option("key=value", overrides, "Overrides of config keys");
  add_number(app, "--max", job.most, 1, 1 << 20, "The most samples to try")->default_str("1024");
}

ExitCode BatchFindCommand::run(Process& process) const {
  const Launch launch(process, OnStop::ends);
  check(!launch.is_rank_of_launcher(), ExitCode::usage,
        "batch-find measures one device: start it without mpirun or srun");
  launch.work();
  BatchSearchJob search = job;
  search.config = read_run_config(target, overrides);
  return run_batch_search(search, [&]() -> RankContext& { return launch.start_rank(); });
}

}  // namespace lockstep
