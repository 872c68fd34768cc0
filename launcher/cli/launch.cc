#include "launcher/cli/launch.h"

#include "comm/device/cuda_device.h"
#include "core/checked.h"
#include "launcher/job/host.h"
#include "launcher/job/job.h"
#include "launcher/job/mpirun_command.h"
#include "launcher/job/parent_protocol.h"

namespace lockstep {
namespace {

/// That ranks of `device` can compute on here.
int count_gpus(const std::string& device) { return device == "cpu" ? 0 : cuda_device_count(); }

}  // namespace

void add_ranks(CLI::App& app, std::optional<RankCount>& ranks) {
  const auto read = [&ranks](const std::string& text) {
    RankCount count{.automatic = text == "auto"};
    const std::optional<int> number = parse_number<int>(text);
    if (!count.automatic && (!number || *number < 1 || *number > kMostRanks)) {
      throw CLI::ValidationError(
          "-n", "'" + text + "' is neither `auto` nor " + range_text(1, kMostRanks));
    }
    if (number) count.ranks = *number;
    ranks = count;
  };
  app.add_option_function<std::string>(
         "-n,--ranks", read,
         "Start this many ranks on this machine with mpirun; auto: one per GPU,\n"
         "else one per core (train: at most one per lane). Default: one rank")
      ->type_name("RANKS");
}

Launch::Launch(Process& process, OnStop on_stop)
    : process_(process),
      mode_(launch_mode(process.environment)),
      on_stop_(on_stop),
      stop_(mode_ == LaunchMode::rank ? StopSignals::rank : StopSignals::terminal) {}

bool Launch::has_parent() const { return process_.environment.contains(parent_variable); }

void Launch::check_that_alone() const {
  check(mode_ == LaunchMode::alone, ExitCode::usage,
        "-n starts ranks, but this process is already a rank that mpirun or srun started. Remove "
        "-n");
}

ExitCode Launch::start_ranks(int ranks, const std::string& device,
                             const std::filesystem::path& mpirun_log) const {
  std::vector<std::string> program = {std::filesystem::read_symlink("/proc/self/exe").string()};
  program.insert(program.end(), process_.words.begin(), process_.words.end());
  return run_job({.ranks = ranks,
                  .program = std::move(program),
                  .environment = process_.environment,
                  .on_gpus = count_gpus(device) > 0,
                  .on_stop = on_stop_,
                  .mpirun_log = mpirun_log},
                 stop_);
}

RankContext& Launch::start_rank() const {
  stop_.work(on_stop_);
  return process_.rank.start(mode_, process_.environment, stop_);
}

int count_automatic_ranks(int lanes, const std::string& device) {
  return automatic_ranks(lanes, count_gpus(device), host_resources().cores);
}

}  // namespace lockstep
