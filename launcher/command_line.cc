#include "launcher/command_line.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "core/file.h"
#include "launcher/run_directory.h"
#include "launcher/suggest.h"
#include "launcher/version.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr int most_ranks = 1 << 16;

constexpr const char* root_help = R"(A first model, from images to accuracy:
  lockstep pack images/ --out data/mine --valid-fraction 0.1
  lockstep train configs/fashion_mnist.yaml data.pack=data/mine run.dir=runs/mine -n auto
  lockstep eval runs/mine
`lockstep COMMAND --help` says more.

Exit codes: 0 done, 1 internal error, 2 command line or config, 3 data, 4 checkpoint or disk,
5 a rank died, 75 stopped on request with a checkpoint: start again to go on.)";

constexpr const char* pack_help = R"(SOURCE is a folder with one sub-folder of JPEG and PNG files
per class, or a folder of IDX files (as MNIST comes, gzip or plain). The same input gives the same
bytes, whatever the threads.

Examples:
  lockstep pack images/ --out data/mine --valid-fraction 0.1
  lockstep pack /usr/share/datasets/fashion-mnist --out data/fashion-mnist)";

constexpr const char* inspect_help = R"(Says what is in a pack: splits, image sizes and the size to
train at, classes and their balance or targets, and duplicates, first of all between splits.

Examples:
  lockstep inspect data/mine                              the report
  lockstep inspect data/mine --grid mine.png              and a sheet of its images
  lockstep inspect configs/mine.yaml --augmented fed.png  what the network is fed)";

constexpr const char* train_help =
    R"(key=value overrides any key of the config, as in train.epochs=3.
A run goes on by itself from its newest checkpoint, on any number of ranks up to its lanes, and ends
with the same bits as if it had never stopped. Ctrl-C, SIGTERM and SIGUSR2 stop it after the step,
with a checkpoint and exit code 75.

Examples:
  lockstep train configs/fashion_mnist.yaml -n 2          two ranks on this machine
  lockstep train runs/fashion-mnist                       go on with a run, on one
  lockstep train configs/fashion_mnist.yaml --dry-run     what it would do
  mpirun -n 8 lockstep train configs/fashion_mnist.yaml   ranks started by a launcher
  sbatch slurm/train.sbatch configs/fashion_mnist.yaml    on a cluster)";

constexpr const char* eval_help = R"(Every image counts exactly once, on any number of ranks.

Examples:
  lockstep eval runs/fashion-mnist
  lockstep eval runs/fashion-mnist/checkpoints/step_00000468 --split train --json)";

/// Parses -n into `ranks`.
void add_ranks(CLI::App& app, std::optional<RankCount>& ranks) {
  const auto read = [&ranks](const std::string& text) {
    RankCount count{.automatic = text == "auto"};
    const bool number = CLI::detail::lexical_cast(text, count.ranks) && count.ranks >= 1 &&
                        count.ranks <= most_ranks;
    if (!count.automatic && !number) {
      throw CLI::ValidationError("-n", "'" + text + "' is neither a number of ranks nor `auto`");
    }
    ranks = count;
  };
  app.add_option_function<std::string>(
         "-n,--ranks", read,
         "Start so many ranks on this machine with mpirun; auto: one for each\n"
         "GPU, else for each core (no more than lanes to train). Absent: one rank")
      ->type_name("RANKS");
}

/// The commands, each bound to the struct that it fills.
class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", std::string("lockstep ") + kVersion);
    app_.footer(root_help);
    add_pack();
    add_inspect();
    add_verify();
    add_train();
    add_eval();
    add_checkpoints();
  }

  Command parse(std::span<const std::string> words) {
    check(!words.empty(), ExitCode::usage, "no command; `lockstep --help` lists them");
    check_verb(words[0]);
    try {
      app_.parse(
          std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 pops from the back
    } catch (const CLI::CallForHelp&) {
      return PrintCommand{asked().help(verb_asked().empty() ? "" : "lockstep")};
    } catch (const CLI::CallForVersion& version) {
      return PrintCommand{std::string(version.what()) + "\n"};
    } catch (const CLI::ParseError& error) {
      fail(ExitCode::usage, "{}{}; `lockstep {}--help` says what there is", error.what(),
           suggestion(words), verb_asked().empty() ? "" : verb_asked() + " ");
    }
    return select();
  }

 private:
  CLI::App& verb(const char* name, const char* description, const char* footer = "") {
    CLI::App& app = *app_.add_subcommand(name, description);
    app.footer(footer);
    verbs_.push_back(name);
    return app;
  }

  void add_pack() {
    CLI::App& app =
        verb("pack", "Make a pack, the HDF5 shards that training reads, of images", pack_help);
    app.add_option("SOURCE", pack_.source, "Folder of classes, or of IDX files")->required();
    app.add_option("--out", pack_.out, "The pack's directory")->required()->type_name("PACK");
    app.add_option("--valid-fraction", pack_.valid_fraction,
                   "Part of the images to set aside for validation, where the source does not")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--seed", pack_.seed, "Which ones")->capture_default_str();
    app.add_option("--jobs", pack_.jobs, "Threads; 0: one a core")->check(CLI::Range(0, 1024));
    app.add_option("--shard-size", pack_.shard_bytes, "Bytes of images in a shard, such as 1GiB")
        ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false));
    app.add_flag("--force", pack_.force, "Replace a pack that was made from other input");
  }

  void add_inspect() {
    CLI::App& app = verb("inspect", "Say and draw what is in a pack", inspect_help);
    app.add_option("PACK|CONFIG", inspect_.target,
                   "The pack's directory; for --augmented a config file, or the directory of a run")
        ->required();
    app.add_option("key=value", inspect_.overrides, "With --augmented: overrides of config keys");
    app.add_flag("--json", inspect_.json, "One JSON document on stdout");
    app.add_flag("--quick", inspect_.quick, "Decode no image: find no near duplicates");
    app.add_option("--jobs", inspect_.jobs, "Threads; 0: one a core")->check(CLI::Range(0, 1024));
    app.add_option("--grid", inspect_.grid, "Draw images of the pack with their labels")
        ->type_name("OUT.png");
    app.add_option("--seed", inspect_.seed, "Which images --grid draws")->capture_default_str();
    app.add_option("--augmented", inspect_.augmented,
                   "Draw what training with the config feeds the network, and no more")
        ->type_name("OUT.png");
  }

  void add_verify() {
    CLI::App& app =
        verb("verify", "Read all of a pack and check every offset, shape, label and checksum");
    app.add_option("PACK", verify_.pack, "The pack's directory")->required();
  }

  void add_train() {
    CLI::App& app = verb("train", "Train a model, or go on with a run", train_help);
    app.add_option("CONFIG|RUN", train_.target, "A config file, or the directory of a run")
        ->required();
    app.add_option("key=value", train_.overrides, "Overrides of config keys");
    add_ranks(app, train_.ranks);
    const auto resume = [this](const std::string& text) {
      train_.resume = text == "auto"    ? Resume::automatic
                      : text == "never" ? Resume::never
                                        : Resume::from_path;
      if (train_.resume == Resume::from_path) train_.resume_path = text;
    };
    app.add_option_function<std::string>(
           "--resume", resume,
           "auto: go on from the newest checkpoint that verifies\n"
           "never: refuse a run that has checkpoints\n"
           "PATH: go back to that checkpoint, and set later ones aside")
        ->type_name("auto|never|PATH")
        ->default_str("auto");
    app.add_option("--lanes", train_.lanes,
                   "Go on with another number of lanes, the rate scaled anew")
        ->check(CLI::Range(1, most_ranks));
    const auto change = [this](std::int64_t) { train_.change = ConfigChange::override; };
    app.add_flag_function("--override", change, "Go on although the config is not the run's");
    app.add_flag("--dry-run", train_.dry_run, "Print the plan and leave");
  }

  void add_eval() {
    CLI::App& app = verb("eval", "Measure a model's accuracy", eval_help);
    app.add_option("RUN|CHECKPOINT", eval_.job.target,
                   "A run's directory (its best checkpoint, else its newest), or one checkpoint's")
        ->required();
    add_ranks(app, eval_.ranks);
    app.add_option("--split", eval_.job.split, "The pack's split; absent: the run's data.valid");
    app.add_option("--pack", eval_.job.pack, "Another pack than the run's");
    app.add_option("--device", eval_.job.device, "What computes; absent: the run's train.device")
        ->check(CLI::IsMember({"auto", "cpu", "cuda"}).description(""))
        ->type_name("auto|cpu|cuda");
    app.add_option("--batch", eval_.job.batch, "Samples at once; absent: the run's train.batch")
        ->check(CLI::Range(1, 1 << 20));
    app.add_flag("--json", eval_.job.json, "One JSON document on stdout");
  }

  void add_checkpoints() {
    CLI::App& app = verb("checkpoints", "List a run's checkpoints, each verified");
    app.add_option("RUN|CONFIG", checkpoints_.target, "The run's directory, or its config")
        ->required();
    app.add_option("key=value", checkpoints_.overrides, "Overrides of config keys");
    app.add_flag("--json", checkpoints_.json, "One JSON document on stdout");
  }

  void check_verb(const std::string& word) const {
    check(word.starts_with('-') || std::ranges::find(verbs_, word) != verbs_.end(), ExitCode::usage,
          "unknown command '{}'{}; `lockstep --help` lists them", word, did_you_mean(word, verbs_));
  }

  /// The command that was named, or the program itself.
  CLI::App& asked() {
    const std::vector<CLI::App*> chosen = app_.get_subcommands();
    return chosen.empty() ? app_ : *chosen.front();
  }

  std::string verb_asked() { return &asked() == &app_ ? "" : asked().get_name(); }

  /// The option that was meant by the first one that is unknown.
  std::string suggestion(std::span<const std::string> words) {
    std::vector<std::string> known;
    for (const CLI::Option* option : asked().get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
    for (const std::string& word : words) {
      const std::string name = word.substr(0, word.find('='));
      if (name.starts_with("--") && std::ranges::find(known, name) == known.end()) {
        return did_you_mean(name, known);
      }
    }
    return {};
  }

  void check_inspect() const {
    const bool of_pack = inspect_.json || inspect_.quick || !inspect_.grid.empty();
    check(inspect_.augmented.empty() || !of_pack, ExitCode::usage,
          "--augmented draws what a config makes of images; --json, --quick and --grid look at a "
          "pack");
    check(!inspect_.augmented.empty() || inspect_.overrides.empty(), ExitCode::usage,
          "'{}' would override a config's key, and only --augmented OUT.png reads a config",
          inspect_.overrides.empty() ? "" : inspect_.overrides.front());
  }

  Command select() {
    const std::string name = verb_asked();
    if (name == "pack") return pack_;
    if (name == "inspect") {
      check_inspect();
      return inspect_;
    }
    if (name == "verify") return verify_;
    if (name == "train") return train_;
    if (name == "eval") return eval_;
    return checkpoints_;
  }

  CLI::App app_{
      "lockstep: trains image models on many GPUs, with the same bits on any number of ranks",
      "lockstep"};
  std::vector<std::string> verbs_;
  PackCommand pack_;
  InspectCommand inspect_;
  VerifyCommand verify_;
  TrainCommand train_;
  EvalCommand eval_;
  CheckpointsCommand checkpoints_;
};

/// The config of a config file or of a run directory.
Config read_config(const fs::path& target, const std::vector<std::string>& overrides) {
  std::error_code error;
  const bool is_run = fs::is_directory(target, error);
  // What lies beyond a directory that may not be entered, say, is not simply absent.
  const std::string reason = error && error != std::errc::no_such_file_or_directory
                                 ? error.message()
                                 : "no such config file or run directory";
  const fs::path file = is_run ? RunDirectory(target).config_file() : target;
  check(fs::is_regular_file(file, error), ExitCode::usage, "{}",
        is_run ? fmt::format("'{}' is no run: it has no config.yaml", target.string())
               : fmt::format("cannot open '{}': {}", target.string(), reason));
  Config config = parse_config(read_file(file, ExitCode::usage, 1 << 20), file.string(), overrides);
  // The directory may have been moved since its config was written.
  const auto names_directory = [](const std::string& text) { return text.starts_with("run.dir="); };
  if (is_run && std::ranges::none_of(overrides, names_directory)) config.run.dir = target.string();
  return config;
}

}  // namespace

Command parse_command_line(std::span<const std::string> words) {
  return CommandLine().parse(words);
}

std::vector<std::string> rank_words(const TrainCommand& command) {
  std::vector<std::string> words = {"train", command.target.string()};
  if (command.resume == Resume::never) words.push_back("--resume=never");
  if (command.resume == Resume::from_path)
    words.push_back("--resume=" + command.resume_path.string());
  if (command.lanes > 0) words.push_back(fmt::format("--lanes={}", command.lanes));
  if (command.change == ConfigChange::override) words.push_back("--override");
  if (command.dry_run) words.push_back("--dry-run");
  words.insert(words.end(), command.overrides.begin(), command.overrides.end());
  return words;
}

std::vector<std::string> rank_words(const EvalCommand& command) {
  std::vector<std::string> words = {"eval", command.job.target.string()};
  if (!command.job.split.empty()) words.push_back("--split=" + command.job.split);
  if (!command.job.pack.empty()) words.push_back("--pack=" + command.job.pack.string());
  if (!command.job.device.empty()) words.push_back("--device=" + command.job.device);
  if (command.job.batch > 0) words.push_back(fmt::format("--batch={}", command.job.batch));
  if (command.job.json) words.push_back("--json");
  return words;
}

TrainJob train_job(const TrainCommand& command) {
  return train_job(command, read_config(command.target, command.overrides));
}

TrainJob train_job(const TrainCommand& command, Config config) {
  return {.config = std::move(config),
          .resume = command.resume,
          .resume_path = command.resume_path,
          .lanes = command.lanes,
          .change = command.change,
          .dry_run = command.dry_run};
}

Config inspect_config(const InspectCommand& command) {
  return read_config(command.target, command.overrides);
}

fs::path run_directory(const CheckpointsCommand& command) {
  std::error_code error;
  if (!fs::is_regular_file(command.target, error)) return command.target;
  return read_config(command.target, command.overrides).run.dir;
}

}  // namespace lockstep
