#include <algorithm>

#include <fmt/ranges.h>

#include "launcher/cluster/batch_job.h"
#include "launcher/cluster/train_sbatch.h"

namespace lockstep {
namespace {

constexpr std::string_view kOption = "#SBATCH ";
constexpr std::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,@%+-";

/// Options of sbatch, a line each.
class Options {
 public:
  void add(const char* name, const std::string& value) {
    if (value.empty()) return;
    const bool plain = value.find_first_not_of(kPlain) == std::string::npos;
    const std::string_view quote = plain ? "" : "\"";
    text_ += fmt::format("{}--{}={}{}{}\n", kOption, name, quote, value, quote);
  }
  void add(const char* name, int count) {
    if (count > 0) add(name, std::to_string(count));
  }
  void add_line(const std::string& line) { text_ += line + "\n"; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// A path in a pattern of Slurm's, in which "%j" is the job.
std::string in_pattern(const std::filesystem::path& path) {
  std::string text;
  for (const char letter : path.string()) text += letter == '%' ? "%%" : std::string(1, letter);
  return text;
}

std::string options_of(const BatchJob& job) {
  const SlurmOptions& slurm = job.slurm;
  const bool is_range = slurm.nodes_min > 0 && slurm.nodes_min < slurm.nodes;
  Options options;
  options.add("job-name", slurm.job_name);
  options.add("nodes", is_range ? fmt::format("{}-{}", slurm.nodes_min, slurm.nodes)
                                : std::to_string(slurm.nodes));
  if (is_range) {
    // A number of tasks would be that of the first attempt: after the loss of a node Slurm would
    // wait for it. What the ranks of one node need is asked of each instead.
    options.add("mincpus", ranks_per_node(slurm) * std::max(1, slurm.cpus_per_task));
  } else {
    options.add("ntasks-per-node", ranks_per_node(slurm));
  }
  options.add("gpus-per-node", slurm.gpus_per_node);
  options.add("cpus-per-task", slurm.cpus_per_task);
  options.add("time", slurm.time);
  options.add("mem", slurm.mem);
  options.add("partition", slurm.partition);
  options.add("account", slurm.account);
  options.add("qos", slurm.qos);
  options.add("constraint", slurm.constraint);
  options.add("exclude", slurm.exclude);
  options.add("array", job.array);
  // mpirun passes on what it is sent, and the batch shell sends it: the shell is asked. Where srun
  // starts the ranks, Slurm asks them itself.
  options.add("signal",
              fmt::format("{}USR2@{}", slurm.launcher == SlurmLauncher::mpirun ? "B:" : "",
                          slurm.signal_s));
  options.add_line("#SBATCH --requeue");
  options.add("open-mode", "append");
  options.add("output", in_pattern(job.notes) + (job.array.empty() ? "/%j.out" : "/%A_%a.out"));
  options.add("chdir", job.working_directory.string());
  for (const std::string& line : slurm.setup) {
    if (line.starts_with(kOption)) options.add_line(line);
  }
  return options.text();
}

std::string settings_of(const BatchJob& job) {
  const auto line = [](const char* name, const std::string& value) {
    return fmt::format("{}={}\n", name, value);
  };
  std::string text;
  text += line("launcher", std::string(name_of(job.slurm.launcher)));
  text += line("wrapper", fmt::format("({})", shell_quoted(job.slurm.wrapper)));
  text += line("tasks_per_node", std::to_string(ranks_per_node(job.slurm)));
  text += line("most_ranks", std::to_string(job.most_ranks));
  text += line("most_stalled", std::to_string(job.slurm.max_stalled));
  text += line("program", shell_quoted(job.program.string()));
  text += line("mpirun", shell_quoted(job.mpirun.string()));
  text += line("run", shell_quoted(job.run.string()));
  text += line("notes", shell_quoted(job.notes.string()));
  text += fmt::format("set -- {}\n", shell_quoted(job.arguments));
  return text;
}

/// What slurm/train.sbatch does, without its own options and settings.
std::string_view body() {
  const std::string_view script = kTrainSbatch;
  return script.substr(script.find("# From here on "));
}

}  // namespace

int ranks_per_node(const SlurmOptions& slurm) {
  return slurm.ntasks_per_node > 0 ? slurm.ntasks_per_node : std::max(1, slurm.gpus_per_node);
}

int fewest_nodes(const SlurmOptions& slurm) {
  return slurm.nodes_min > 0 ? slurm.nodes_min : slurm.nodes;
}

std::string batch_script(const BatchJob& job) {
  std::string text = "#!/bin/bash\n";
  text += options_of(job);
  text += "# Written by `lockstep submit`; `sbatch` with this file submits it again.\n\n";
  for (const std::string& line : job.slurm.setup) {
    if (!line.starts_with(kOption)) text += line + "\n";
  }
  text += fmt::format("\n{}\n{}", settings_of(job), body());
  return text;
}

std::string job_name_of(const std::filesystem::path& run) {
  std::string name = run.filename().string();
  std::ranges::replace_if(
      name, [](char letter) { return kPlain.find(letter) == std::string_view::npos; }, '_');
  std::ranges::replace(name, '%', '_');
  return name.empty() || name == "." || name == ".." ? "lockstep" : name;
}

std::string shell_quoted(const std::string& word) {
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted;
  for (const char letter : word) quoted += letter == '\'' ? "'\\''" : std::string(1, letter);
  return fmt::format("'{}'", quoted);
}

std::string shell_quoted(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  for (const std::string& word : words) quoted.push_back(shell_quoted(word));
  return fmt::format("{}", fmt::join(quoted, " "));
}

}  // namespace lockstep
