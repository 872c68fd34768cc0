#include <optional>
#include <regex>

#include "core/error.h"
#include "launcher/cluster/batch_job.h"
#include "launcher/config/array_indices.h"

namespace lockstep {
namespace {

/// An option of sbatch and what it may look like; empty texts are left to Slurm.
void check_form(const char* option, const std::string& value, const char* form,
                const char* examples) {
  check(value.empty() || std::regex_match(value, std::regex(form)), ExitCode::usage,
        "{} is '{}', which Slurm does not read so: write it as in {}", option, value, examples);
}

/// Seconds; std::nullopt where there is no limit.
std::optional<long> seconds_of(const std::string& time) {
  std::smatch part;
  // days-hours[:minutes[:seconds]], or [hours:]minutes[:seconds]
  if (std::regex_match(time, part, std::regex(R"((\d+)-(\d+)(?::(\d+))?(?::(\d+))?)"))) {
    const auto number = [&](std::size_t i) { return part[i].matched ? std::stol(part[i]) : 0; };
    return ((number(1) * 24 + number(2)) * 60 + number(3)) * 60 + number(4);
  }
  if (std::regex_match(time, part, std::regex(R"((?:(\d+):)??(\d+)(?::(\d+))?)"))) {
    const auto number = [&](std::size_t i) { return part[i].matched ? std::stol(part[i]) : 0; };
    return (number(1) * 60 + number(2)) * 60 + number(3);
  }
  return std::nullopt;
}

void check_time(const SlurmOptions& slurm) {
  check_form(
      "--time (slurm.time)", slurm.time,
      R"(\d{1,7}|\d{1,7}:[0-5]?\d(:[0-5]?\d)?|\d{1,5}-([01]?\d|2[0-3])(:[0-5]?\d){0,2}|UNLIMITED|INFINITE)",
      "90 (minutes), 12:00:00 or 2-00:00:00");
  const std::optional<long> limit = slurm.time.empty() ? std::nullopt : seconds_of(slurm.time);
  check(!limit || *limit > slurm.signal_s, ExitCode::usage,
        "the time limit is {} s, and {} s before it (slurm.signal_s) the ranks are asked to stop: "
        "that leaves no time to train. Raise --time (slurm.time)",
        limit.value_or(0), slurm.signal_s);
}

void check_path(const char* what, const std::filesystem::path& path) {
  check(
      path.native().find_first_of("\"'\\\n\r") == std::string::npos, ExitCode::usage,
      "{} '{}' has a quote, a backslash or a line's end in its name, which Slurm's options cannot "
      "hold: choose another",
      what, path.string());
}

}  // namespace

int first_index(const std::string& array) {
  constexpr const char* kRange = R"(\d{1,7}(-\d{1,7}(:[1-9]\d{0,6})?)?)";
  const std::regex form(fmt::format(R"({0}(,{0})*(%[1-9]\d{{0,6}})?)", kRange));
  const std::vector<int> indices = array_indices(array);
  check(std::regex_match(array, form) && !indices.empty(), ExitCode::usage,
        "--array is '{}', which Slurm does not read so: write it as in 1-5, 1,3,7 or 1-100%4 (four "
        "at a time)",
        array);
  return indices.front();
}

void check_batch_job(const BatchJob& job) {
  const SlurmOptions& slurm = job.slurm;
  constexpr const char* kList = R"([\w.@+-]+(,[\w.@+-]+)*)";
  check_form("--job-name (slurm.job_name)", slurm.job_name, R"([\w.+=@:,-]+)", "pets-resnet50");
  check_form("--partition (slurm.partition)", slurm.partition, kList, "gpu or gpu,long");
  check_form("--account (slurm.account)", slurm.account, kList, "project-17");
  check_form("--qos (slurm.qos)", slurm.qos, kList, "normal");
  check_time(slurm);
  check_form("--mem (slurm.mem)", slurm.mem, R"(\d{1,15}[KMGT]?)", "200G");
  check_form("--constraint (slurm.constraint)", slurm.constraint, R"([\w.,&|*()\[\]:=@+-]+)",
             "a100, 'a100&ib' or '[rack1|rack2]'");
  check_form("--exclude (slurm.exclude)", slurm.exclude, R"([\w.,\[\]-]+)", "node7,node[11-13]");
  check_form("--dependency", job.dependency,
             R"(singleton|[a-z]+:[\w:+]+([,?]([a-z]+:[\w:+]+|singleton))*)",
             "afterok:123, afterany:123:124 or singleton");
  if (!job.array.empty()) first_index(job.array);
  check(slurm.nodes_min <= slurm.nodes, ExitCode::usage,
        "slurm.nodes_min is {}, and slurm.nodes, the most, is {}", slurm.nodes_min, slurm.nodes);
  check_path("the run directory", job.run);
  check_path("the folder", job.working_directory);
}

}  // namespace lockstep
