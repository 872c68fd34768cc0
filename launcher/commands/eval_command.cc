#include "launcher/commands/eval_command.h"

#include "launcher/cli/model_source_options.h"

namespace lockstep {
const char* const EvalCommand::kHelp =
    R"(Every image counts exactly once, on any number of ranks.

Examples:
  lockstep eval runs/fashion-mnist
  lockstep eval runs/fashion-mnist/checkpoints/step_00000468 --split train --json
  lockstep eval --weights mine.safetensors --pack data/mine)";

void EvalCommand::add_options(CLI::App& app) {
  app.add_option("RUN|CHECKPOINT", job.source.target,
                 "A run's directory (its best checkpoint, else its newest), or one checkpoint's;\n"
                 "left out with --weights");
  add_ranks(app, ranks);
  app.add_option("--split", job.split, "The pack's split; default: the run's data.valid");
  app.add_option("--pack", job.pack, "Use this pack instead of the run's");
  app.add_flag("--json", job.json, "One JSON document on stdout");
  add_model_source(app, job.source);
}

ExitCode EvalCommand::run(Process& process) const {
  const Launch launch(process, OnStop::ends);
  const std::string device = device_of(job.source);
  const int count = launch.count_ranks(ranks, [&] {
    return count_automatic_ranks(/*lanes=*/0, device);  // any number may evaluate
  });
  if (count > 1) return launch.start_ranks(count, device, {});
  return run_eval_rank(job, launch.start_rank());
}

}  // namespace lockstep
