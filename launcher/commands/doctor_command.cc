#include "launcher/commands/doctor_command.h"

#include <cstdio>

#include "comm/communicator/mpi_library.h"
#include "launcher/cli/launch.h"
#include "launcher/cli/sample_bar.h"
#include "launcher/doctor/data_checks.h"
#include "launcher/doctor/findings_report.h"
#include "launcher/doctor/machine_checks.h"
#include "launcher/doctor/storage_checks.h"
#include "launcher/doctor_rank/check_training.h"
#include "launcher/doctor_rank/gpu_facts.h"
#include "launcher/setup/run_config.h"
#include "sharding/format/pack_format.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

void append(Findings& all, const Findings& more) {
  all.insert(all.end(), more.begin(), more.end());
}

bool is_pack(const fs::path& target) {
  std::error_code ignored;
  return fs::exists(target / kPackManifest, ignored);
}

Findings check_here(const Environment& environment, const fs::path& runs) {
  Findings all = check_machine(look_at_machine(environment, look_at_gpus(), mpi_library()));
  append(all, check_storage(try_storage(runs)));
  return all;
}

}  // namespace

const char* const DoctorCommand::kHelp =
    R"(Says of each check PASS, WARN or FAIL, why, and what to do. Nothing is stored. Without an argument it
looks at the machine and the file system here; of a pack at the data too; of a config also at what
its first steps do, on one device and few samples. Exit code 0 unless a check fails.

Examples:
  lockstep doctor                                 the machine
  lockstep doctor configs/fashion_mnist.yaml      and its data, and the config
  lockstep doctor data/mine --json                the machine and a pack)";

void DoctorCommand::add_options(CLI::App& app) {
  app.add_option("CONFIG|RUN|PACK", target,
                 "A config file, the directory of a run, for its config, or that of a pack");
  app.add_option("key=value", overrides, "Overrides of config keys");
  app.add_flag("--json", json, "One JSON document on stdout");
}

Findings DoctorCommand::findings(Process& process, const Launch& launch) const {
  if (target.empty() || is_pack(target)) {
    check(overrides.empty(), ExitCode::usage, "'{}' overrides a config key, and there is no config",
          overrides.empty() ? "" : overrides.front());
    launch.work();
    Findings all = check_here(process.environment, fs::current_path());
    if (target.empty()) return all;
    const Pack pack(target);
    append(all, check_data(data_of(pack), show_sample_bar("doctor")));
    return all;
  }
  const Config config = read_run_config(target, overrides);
  Findings all = check_here(process.environment, config.run.dir);
  append(all, check_training(config, launch.start_rank()));
  return all;
}

ExitCode DoctorCommand::run(Process& process) const {
  const Launch launch(process, OnStop::ends);
  check(!launch.is_rank_of_launcher(), ExitCode::usage,
        "doctor looks at one machine: start it without mpirun or srun");
  const Findings all = findings(process, launch);
  const std::string text = json ? findings_to_json(all) : findings_to_text(all);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return exit_code_of(all);
}

}  // namespace lockstep
