#include "launcher/run_commands/submit_command.h"

#include <algorithm>
#include <cstdio>

#include "core/log.h"
#include "launcher/cli/option_types.h"
#include "launcher/cluster/sbatch.h"
#include "launcher/config/array_indices.h"
#include "launcher/config/config_yaml.h"
#include "launcher/job/mpirun_command.h"
#include "launcher/run/submission_check.h"
#include "launcher/run_commands/status_command.h"
#include "launcher/setup/run_access.h"
#include "launcher/setup/run_config.h"
#include "launcher/setup/run_directory.h"
#include "launcher/status/slurm_queue.h"
#include "launcher/status/submitted_jobs.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

bool has_index(const std::string& text) { return text.find(kArrayIndex) != std::string::npos; }

/// What the tasks of a job array have in common, and what each has of its own.
struct Overrides {
  std::vector<std::string> shared;
  std::vector<std::string> own;  ///< with "%a" for the index
};

Overrides split_overrides(const std::vector<std::string>& overrides, bool is_array) {
  Overrides split;
  for (const std::string& text : overrides) {
    (is_array && has_index(text) ? split.own : split.shared).push_back(text);
  }
  return split;
}

/// "run.dir" of `own`; empty where it is not there.
std::string run_of_task(const Overrides& overrides) {
  const std::string key = "run.dir=";
  for (const std::string& text : overrides.own) {
    if (text.starts_with(key)) return text.substr(key.size());
  }
  return {};
}

fs::path absolute(const fs::path& path) {
  fs::path full = fs::absolute(path).lexically_normal();
  return full.has_filename() ? full : full.parent_path();  // "runs/a/"
}

/// The config that a job trains from, in a file that no later submission changes.
fs::path keep_config(const fs::path& notes, const Config& config) {
  const std::string text = to_yaml(config);
  for (int number = 1;; ++number) {
    const fs::path file = notes / fmt::format("config_{}.yaml", number);
    if (!fs::exists(file)) {
      replace_file(file, text);
      return file;
    }
    if (read_file(file, ExitCode::storage, 1 << 20) == text) return file;
  }
}

/// The program that the nodes start: this one, or another that LOCKSTEP names.
fs::path program_of(const Environment& environment) {
  const auto named = environment.find("LOCKSTEP");
  return named == environment.end() ? fs::read_symlink("/proc/self/exe") : fs::path(named->second);
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

/// A submission, from the words of the command line to what is written.
class Submission {
 public:
  Submission(const SubmitCommand& command, const Environment& environment)
      : command_(command),
        environment_(environment),
        overrides_(split_overrides(command.overrides, !command.array.empty())),
        config_(read_run_config(command.target, overrides_.shared)) {
    config_.slurm = command.slurm_options(config_.slurm);
    make_places();
    make_job();
    check_batch_job(job_);
  }

  /// Throws what the job would end with. Sets what depends on the run.
  void check_training() {
    Config first = config_;
    if (!command_.array.empty()) {
      const std::string index = std::to_string(first_index(command_.array));
      std::vector<std::string> given = overrides_.shared;
      for (const std::string& text : overrides_.own) given.push_back(with_array_index(text, index));
      first = read_run_config(command_.target, given);
    }
    const int ranks = fewest_nodes(job_.slurm) * ranks_per_node(job_.slurm);
    const int lanes = command_.lanes > 0 ? command_.lanes : first.train.lanes;
    check(
        lanes == 0 || ranks <= lanes, ExitCode::usage,
        "{} nodes with {} ranks each make {} ranks, and the run has {} lanes, of which a rank runs "
        "at least one: ask for fewer (--nodes, --ntasks-per-node), or raise train.lanes, which "
        "changes the global batch",
        fewest_nodes(job_.slurm), ranks_per_node(job_.slurm), ranks, lanes);
    check(lanes > 0 || job_.slurm.nodes_min == 0, ExitCode::usage,
          "slurm.nodes_min is {}, and train.lanes is open: set it, since an attempt on few nodes "
          "would otherwise decide how many ranks later ones may have",
          job_.slurm.nodes_min);
    job_.most_ranks = lanes;
    const auto log = make_console_logger();
    const fs::path pack = first.data.pack;
    if (!command_.dependency.empty() && !fs::exists(pack / "pack.json")) {
      log->warn(
          message("'{}' is not there yet: if the job that is waited for makes it, all is well. "
                  "Nothing that depends on it was checked",
                  pack.string()));
      return;
    }
    job_.most_ranks = check_before_queue(
        {.config = std::move(first), .lanes = command_.lanes, .change = command_.change}, ranks,
        *log);
  }

  const fs::path& run_directory() const { return shared_run_; }

  void show() {
    set_arguments(job_.notes / "config_1.yaml");
    print(batch_script(job_));
    print("\n# " + shell_quoted(sbatch_command("sbatch", job_, script())) + "\n");
  }

  void send() {
    check_is_free();
    make_parents(shared_run_);
    restrict_access(config_.run.access);
    make_directories(job_.notes);
    const RunDirectory run(shared_run_);
    if (!fs::exists(run.config_file())) run.save_config(config_);
    set_arguments(keep_config(job_.notes, config_));
    replace_file(script(), batch_script(job_));
    const std::string number = submit(job_, script(), environment_);
    const std::string name = job_.array.empty() ? number : number + "_[" + job_.array + "]";
    print(printable(fmt::format("submitted job {}; its script and its output are in '{}'", name,
                                job_.notes.string())) +
          "\n");
  }

 private:
  /// A second job of a run would only find that the first has it.
  void check_is_free() const {
    if (!command_.dependency.empty()) return;
    const SlurmQueue queue(environment_);
    for (const SubmittedJob& earlier : newest_jobs(shared_run_)) {
      for (const QueuedJob& job : queue.ask_all(earlier.job).value_or(std::vector<QueuedJob>())) {
        check(stage_of(job) == JobStage::ended, ExitCode::usage,
              "the run '{}' has a job in Slurm already: {} ({}). Let it go on, end it with "
              "`lockstep stop`, or begin this one after it (--dependency afterany:{})",
              shared_run_, job.id, job.state, earlier.job);
      }
    }
  }

  /// Where the tasks of a job array have run directories of their own, and no other that all share,
  /// "array" is in the place of the index.
  void make_places() {
    const std::string own = run_of_task(overrides_);
    check(command_.array.empty() || !overrides_.own.empty() || !is_seed_given(), ExitCode::usage,
          "--array gives each run another seed, its index, and run.seed is given too: leave one of "
          "them out, or put %a where the runs are to differ");
    check(
        !command_.array.empty() || std::ranges::none_of(overrides_.shared, has_index),
        ExitCode::usage,
        "%a stands for the index of a job array, and there is none: add --array, or leave it out");
    shared_run_ = absolute(own.empty() ? config_.run.dir : with_array_index(own, "array"));
    config_.run.dir = shared_run_.string();
    task_run_ = shared_run_;
    if (command_.array.empty()) return;
    if (!own.empty()) {
      task_run_ = absolute(own);
    } else if (overrides_.own.empty()) {
      overrides_.own = {"run.seed=%a"};
      task_run_ /= "seed_%a";
    } else {
      task_run_ /= "task_%a";
    }
    if (own.empty()) overrides_.own.push_back("run.dir=" + task_run_.string());
  }

  bool is_seed_given() const {
    return std::ranges::any_of(
        overrides_.shared, [](const std::string& text) { return text.starts_with("run.seed="); });
  }

  void make_job() {
    if (config_.slurm.job_name.empty()) config_.slurm.job_name = job_name_of(shared_run_);
    job_ = {.slurm = config_.slurm,
            .array = command_.array,
            .dependency = command_.dependency,
            .program = program_of(environment_),
            .run = task_run_,
            .notes = shared_run_ / "slurm",
            .working_directory = fs::current_path()};
    if (job_.slurm.launcher == SlurmLauncher::mpirun) {
      job_.mpirun = find_mpirun(environment_, job_.program);
    }
  }

  void set_arguments(const fs::path& config) {
    job_.arguments = {config.string()};
    job_.arguments.insert(job_.arguments.end(), overrides_.own.begin(), overrides_.own.end());
    if (command_.lanes > 0) {
      job_.arguments.insert(job_.arguments.end(), {"--lanes", std::to_string(command_.lanes)});
    }
    if (command_.change == ConfigChange::override) job_.arguments.push_back("--override");
  }

  fs::path script() const { return job_.notes / "train.sbatch"; }

  const SubmitCommand& command_;
  const Environment& environment_;
  Overrides overrides_;
  Config config_;  ///< that all tasks share
  fs::path shared_run_, task_run_;
  BatchJob job_;
};

}  // namespace

const char* const SubmitCommand::kHelp =
    R"(The options are sbatch's own, and win over the config's `slurm` section, which holds what a site
always needs: lines such as `module load` (slurm.setup) and a container (slurm.wrapper). The script,
the config and the output of all attempts are in RUN/slurm. Before the time limit the ranks commit a
checkpoint; the job goes back into the queue until the run is done.

Examples:
  lockstep submit configs/pets.yaml --nodes 2 --gpus-per-node 4 --cpus-per-task 8 --time 12:00:00
  lockstep submit configs/pets.yaml --dry-run             the script and the command
  lockstep submit configs/pets.yaml --array 1-5           five seeds, in RUN/seed_1 to seed_5
  lockstep submit configs/pets.yaml --array 1-3 optimizer.lr=0.%a run.dir=runs/lr_0.%a
  lockstep submit runs/pets --dependency afterany:123     continue a run)";

void SubmitCommand::add_options(CLI::App& app) {
  app.add_option("CONFIG|RUN", target, "A config file, or the directory of a run")->required();
  app.add_option("key=value", overrides, "Overrides of config keys");
  const auto add_text = [&](const char* name, std::string SlurmOptions::*member, const char* help,
                            const char* type = "TEXT") {
    const auto store = [this, member](const std::string& text) {
      texts.emplace_back(member, text);
    };
    app.add_option_function<std::string>(name, store, help)->type_name(type);
  };
  const auto add_count = [&](const char* name, int SlurmOptions::*member, const char* help) {
    const auto store = [this, member](int count) { counts.emplace_back(member, count); };
    add_number_option<int>(app, name, 1, kMostRanks, help, store);
  };
  const auto read_nodes = [this](const std::string& text) {
    const std::size_t dash = text.find('-');
    const std::optional<int> most = parse_number<int>(text.substr(dash + 1));
    const std::optional<int> least =
        dash == text.npos ? std::optional(0) : parse_number<int>(text.substr(0, dash));
    if (!most || !least || *most < 1 || *most > kMostRanks || (dash != text.npos && *least < 1)) {
      throw CLI::ValidationError("--nodes", "'" + text + "' is neither a number nor FEWEST-MOST");
    }
    counts.emplace_back(&SlurmOptions::nodes, *most);
    counts.emplace_back(&SlurmOptions::nodes_min, *least);
  };
  app.add_option_function<std::string>("--nodes", read_nodes, "Nodes, or the fewest and the most")
      ->type_name("N|MIN-MAX");
  add_count("--gpus-per-node", &SlurmOptions::gpus_per_node, "GPUs of each node");
  add_count("--ntasks-per-node", &SlurmOptions::ntasks_per_node,
            "Ranks of each node. Default: one for each GPU, or one");
  add_count("--cpus-per-task", &SlurmOptions::cpus_per_task, "Cores of each rank");
  add_text("--time", &SlurmOptions::time, "Time limit of an attempt: 12:00:00, 2-00:00:00");
  add_text("--partition", &SlurmOptions::partition, "Partition, or several: a,b");
  add_text("--account", &SlurmOptions::account, "Account that is charged");
  add_text("--qos", &SlurmOptions::qos, "Quality of service");
  add_text("--job-name", &SlurmOptions::job_name, "Default: the run directory's name");
  app.add_option("--array", array,
                 "A run for each index, as in 1-5: its seed, or \"%a\" in an override")
      ->type_name("INDICES");
  app.add_option("--dependency", dependency, "What to wait for: afterok:123")->type_name("TEXT");
  add_text("--mem", &SlurmOptions::mem, "Memory of each node: 200G");
  add_text("--constraint", &SlurmOptions::constraint, "Features that nodes must have");
  add_text("--exclude", &SlurmOptions::exclude, "Nodes that are not to be used", "NODES");
  add_number(app, "--lanes", lanes, 1, kMostRanks, "Continue with another number of lanes");
  const auto allow_change = [this](std::int64_t) { change = ConfigChange::override; };
  app.add_flag_function("--override", allow_change,
                        "Continue although the config differs from the run's");
  app.add_flag("--dry-run", dry_run, "Print the script and the command, and exit");
  app.add_flag("--follow", follow, "Then show how far the run is, as `lockstep status --follow`");
}

SlurmOptions SubmitCommand::slurm_options(SlurmOptions slurm) const {
  for (const auto& [member, text] : texts) slurm.*member = text;
  for (const auto& [member, count] : counts) slurm.*member = count;
  return slurm;
}

ExitCode SubmitCommand::run(Process& process) const {
  check(!follow || (array.empty() && !dry_run), ExitCode::usage,
        "--follow shows one run that was submitted: leave out {}",
        dry_run ? "--dry-run" : "--array, and look at each with `lockstep status RUN --follow`");
  Submission submission(*this, process.environment);
  submission.check_training();
  dry_run ? submission.show() : submission.send();
  if (!follow) return ExitCode::ok;
  const StatusCommand status{.run_directory = submission.run_directory(), .follow = true};
  return status.run(process);
}

}  // namespace lockstep
