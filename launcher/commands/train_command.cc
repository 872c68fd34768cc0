#include "launcher/commands/train_command.h"

#include <algorithm>

#include "launcher/cli/option_types.h"
#include "launcher/cli/output_file.h"
#include "launcher/job/host.h"
#include "launcher/job/mpirun_command.h"
#include "launcher/rank/preflight.h"
#include "launcher/run/train_rank.h"
#include "launcher/setup/run_access.h"
#include "launcher/setup/run_config.h"
#include "launcher/setup/run_directory.h"

namespace lockstep {
namespace {

/// For `-n auto` the lanes count: --lanes, else those that the run has, else the config's.
int count_for_lanes(const TrainJob& job) {
  const std::optional<Config> saved = RunDirectory(job.config.run.dir).saved_config();
  const int lanes = job.lanes > 0 ? job.lanes : (saved ? *saved : job.config).train.lanes;
  return count_automatic_ranks(lanes, job.config.train.device);
}

}  // namespace

const char* const TrainCommand::kHelp =
    R"(key=value overrides any key of the config, as in train.epochs=3.
A run continues from its newest checkpoint, on any number of ranks up to its lanes. The result has
the same bits as without the stop. Ctrl-C, SIGTERM, SIGUSR2 and `lockstep stop RUN` stop it after the
step, with a checkpoint and exit code 75. `lockstep status RUN` tells how far it is.

Examples:
  lockstep train configs/fashion_mnist.yaml -n 2          two ranks on this machine
  lockstep train runs/fashion-mnist                       continue a run, on one rank
  lockstep train configs/fashion_mnist.yaml --dry-run     what it would do
  mpirun -n 8 lockstep train configs/fashion_mnist.yaml   ranks started by a launcher
  lockstep submit configs/fashion_mnist.yaml              on a Slurm cluster)";

void TrainCommand::add_options(CLI::App& app) {
  app.add_option("CONFIG|RUN", target, "A config file, or the directory of a run")->required();
  app.add_option("key=value", overrides, "Overrides of config keys");
  add_ranks(app, ranks);
  const auto read_resume = [this](const std::string& text) {
    resume = text == "auto"    ? Resume::automatic
             : text == "never" ? Resume::never
                               : Resume::from_path;
    if (resume == Resume::from_path) resume_path = text;
  };
  app.add_option_function<std::string>("--resume", read_resume,
                                       "auto: continue from the newest checkpoint that verifies\n"
                                       "never: refuse a run that has checkpoints\n"
                                       "PATH: go back to this checkpoint; later ones are set aside")
      ->type_name("auto|never|PATH")
      ->default_str("auto");
  add_number(app, "--lanes", lanes, 1, kMostRanks,
             "Continue with another number of lanes; the learning rate is\nre-scaled");
  const auto allow_change = [this](std::int64_t) { change = ConfigChange::override; };
  app.add_flag_function("--override", allow_change,
                        "Continue although the config differs from the run's");
  app.add_flag("--dry-run", dry_run, "Print the plan and exit");
  app.add_option("--plot", plot, "Draw the learning rate over the run, with --dry-run")
      ->type_name("FILE.png");
  app.add_flag("--force", force, "Replace that file");
}

TrainJob TrainCommand::job() const { return job(read_run_config(target, overrides)); }

TrainJob TrainCommand::job(Config config) const {
  return {.config = std::move(config),
          .resume = resume,
          .resume_path = resume_path,
          .lanes = lanes,
          .change = change,
          .dry_run = dry_run,
          .plot = plot};
}

ExitCode TrainCommand::run(Process& process) const {
  check(plot.empty() || dry_run, ExitCode::usage,
        "--plot draws the plan: give --dry-run too; a run's metrics are in its metrics.jsonl");
  if (!plot.empty()) check_picture_file(plot, force, {target});
  const Launch launch(process, dry_run ? OnStop::ends : OnStop::saves);
  const int count = launch.count_ranks(ranks, [&] { return count_for_lanes(job()); });
  if (count > 1) {
    const Config config = job().config;
    const RunDirectory run(config.run.dir);
    if (!dry_run) {  // mpirun.log is the run's too
      check_outside_packs(run);
      make_parents(run.path());
      restrict_access(config.run.access);
    }
    return launch.start_ranks(count, config.train.device, run.logs() / "mpirun.log");
  }
  RankContext& context = launch.start_rank();
  preflight(process.environment, context.communicator);
  const TrainJob shared =
      job(shared_config([&] { return read_run_config(target, overrides); }, context.communicator));
  const int busy_threads =
      std::max(shared.config.train.threads, 1) + shared.config.data.workers.value_or(1);
  const std::string warning = binding_warning(host_resources(), busy_threads);
  if (launch.is_rank_of_launcher() && !warning.empty()) context.log->warn(warning);
  return run_train_rank(shared, context);
}

}  // namespace lockstep
