#include "launcher/commands/prove_command.h"

#include <limits>

#include "launcher/cli/option_types.h"
#include "launcher/setup/run_config.h"

namespace lockstep {

const char* const ProveCommand::kHelp =
    R"(Trains in memory from one checkpoint of the run to a later one, on any number of ranks up to the
run's lanes, and compares the state digests. Nothing in RUN changes. Equal digests prove that the
checkpoint is what its config, pack and seed give, and that this machine computes as the first did.

Exit codes: 0 proven, 4 not: the tensors that differ are named.

Examples:
  lockstep prove runs/fashion-mnist                       from the newest but one to the newest
  lockstep prove runs/fashion-mnist --from 0 --to 468     from the beginning
  lockstep prove runs/fashion-mnist -n 2 data.pack=/elsewhere/fashion-mnist)";

void ProveCommand::add_options(CLI::App& app) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  app.add_option("RUN", job.run, "The directory of a run")->required();
  app.add_option("key=value", job.overrides,
                 "Overrides of config keys that do not decide the numbers, such as\n"
                 "data.pack, train.device or data.workers");
  add_ranks(app, ranks);
  add_optional_number(app, "--from", job.from, 0, kMost,
                      "The step of the checkpoint to begin with; 0: the run's beginning;\n"
                      "default: the newest before --to")
      ->type_name("STEP");
  add_optional_number(app, "--to", job.to, 1, kMost,
                      "The step of the checkpoint to compare with; default: the newest")
      ->type_name("STEP");
  app.add_flag("--json", job.json, "One JSON document on stdout");
}

ExitCode ProveCommand::run(Process& process) const {
  const Launch launch(process, OnStop::ends);
  const auto config = [&] { return read_run_config(job.run, job.overrides); };
  const int count = launch.count_ranks(ranks, [&] {
    const TrainOptions options = config().train;
    return count_automatic_ranks(options.lanes, options.device);
  });
  if (count > 1) return launch.start_ranks(count, config().train.device, {});
  return run_prove_rank(job, launch.start_rank());
}

}  // namespace lockstep
