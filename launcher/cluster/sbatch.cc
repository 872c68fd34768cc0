#include "launcher/cluster/sbatch.h"

#include <ctime>

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "launcher/job/child_process.h"
#include "launcher/job/mpirun_command.h"
#include "launcher/job/passed_environment.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// What an allocation in which this runs has set would be taken for the new job's.
Environment environment_of_sbatch(const Environment& environment) {
  Environment passed = passed_environment(environment);
  std::erase_if(passed, [](const auto& variable) {
    const std::string& name = variable.first;
    return name.starts_with("SLURM_") && name != "SLURM_CONF" && name != "SLURM_CLUSTERS" &&
           name != "SLURM_JWT";
  });
  return passed;
}

/// One line for each submission of a run, for `lockstep status`.
void note_submission(const fs::path& list, const std::string& number, const BatchJob& job,
                     const fs::path& script) {
  const nlohmann::ordered_json entry = {
      {"job", number},
      {"array", job.array},
      {"runs", job.array.empty() ? "" : job.run.string()},
      {"time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
      {"script", script.string()}};
  const std::string line =
      entry.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  write_all(open_for_appending(list).get(), std::as_bytes(std::span(line)), list);
}

}  // namespace

std::vector<std::string> sbatch_command(const std::string& sbatch, const BatchJob& job,
                                        const fs::path& script) {
  std::vector<std::string> argv = {sbatch, "--parsable", "--export=ALL"};
  if (!job.dependency.empty()) argv.push_back("--dependency=" + job.dependency);
  argv.push_back(script.string());
  return argv;
}

std::string parse_job_number(const std::string& printed) {
  const std::size_t line = printed.find_last_not_of(" \n");
  const std::size_t begin = printed.rfind('\n', line) + 1;  // sbatch may warn before
  const std::size_t end = printed.find_first_not_of("0123456789", begin);
  const bool ends_well = end == std::string::npos || printed[end] == '\n' || printed[end] == ';';
  return ends_well ? printed.substr(begin, end - begin) : "";
}

std::string submit(const BatchJob& job, const fs::path& script, const Environment& environment) {
  const fs::path sbatch = find_on_path(environment, "sbatch");
  check(
      !sbatch.empty(), ExitCode::usage,
      "`lockstep submit` needs Slurm's sbatch, which is not on PATH: run it on a login node of the "
      "cluster, load Slurm's module, or see the script with --dry-run");
  const ProgramEnd end =
      run_program(sbatch_command(sbatch.string(), job, script), environment_of_sbatch(environment))
          .value();  // however long it takes
  const std::string number = parse_job_number(end.out);
  check(end.code == 0 && !number.empty(), ExitCode::usage,
        "sbatch did not take the job (exit code {}):\n{}{}The script is '{}'", end.code,
        OwnLines{end.out}, OwnLines{end.err}, script.string());
  note_submission(script.parent_path() / "jobs.jsonl", number, job, script);
  return number;
}

}  // namespace lockstep
