#include "launcher/commands/eval_command.h"

#include "launcher/commands/option_types.h"
#include "launcher/run/run_directory.h"

namespace lockstep {
namespace {

/// That of a single checkpoint is known only once it is read.
std::string device_of(const EvalJob& job) {
  if (!job.device.empty()) return job.device;
  const std::optional<Config> run = RunDirectory(job.target).saved_config();
  return run ? run->train.device : "auto";
}

}  // namespace

const char* const EvalCommand::kHelp =
    R"(Every image counts exactly once, on any number of ranks.

Examples:
  lockstep eval runs/fashion-mnist
  lockstep eval runs/fashion-mnist/checkpoints/step_00000468 --split train --json)";

void EvalCommand::add_options(CLI::App& app) {
  app.add_option("RUN|CHECKPOINT", job.target,
                 "A run's directory (its best checkpoint, else its newest), or one checkpoint's")
      ->required();
  add_ranks(app, ranks);
  app.add_option("--split", job.split, "The pack's split; default: the run's data.valid");
  app.add_option("--pack", job.pack, "Use this pack instead of the run's");
  app.add_option("--device", job.device, "Default: the run's train.device")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}).description(""))
      ->type_name("auto|cpu|cuda");
  add_optional_choice(
      app, "--precision", job.precision,
      "Default: the run's train.precision; auto: bf16 on a GPU that computes in it, "
      "else fp32");
  add_number(app, "--batch", job.batch, 1, 1 << 20,
             "Samples per batch; default: the run's train.batch");
  app.add_flag("--json", job.json, "One JSON document on stdout");
}

ExitCode EvalCommand::run(Process& process) const {
  const Launch launch(process, OnStop::ends);
  const int count = launch.count_ranks(ranks, [&] {
    return count_automatic_ranks(/*lanes=*/0, device_of(job));  // any number may evaluate
  });
  if (count > 1) return launch.start_ranks(count, device_of(job), {});
  return run_eval_rank(job, launch.start_rank());
}

}  // namespace lockstep
