#include "launcher/commands/command_line.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "core/file.h"
#include "launcher/config/suggest.h"
#include "launcher/rank/version.h"
#include "launcher/run/run_directory.h"

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

constexpr const char* pack_help = R"(SOURCE is one of
  a folder with a sub-folder of JPEG, PNG or WebP files per class, or train/, valid/ and test/ of
  such folders; with --label-regex any folder of images; with --unlabelled one without labels
  a table (.csv, .tsv) with a header, of files beside it; or the files' folder, with --table
  an HDF5 file (.h5, .hdf5) with arrays of images and labels
  a folder of IDX files (as MNIST comes, gzip or plain)
Files that cannot be used are left out, counted, and listed with the reason in PACK/rejected.csv.
The same input gives the same bytes, whatever the threads.

Examples:
  lockstep pack images/ --out data/mine --valid-fraction 0.1
  lockstep pack pets/ --out data/pets --label-regex '^(.+)_\d+\.jpg$' --valid-fraction 0.2
  lockstep pack xrays/ --table ages.csv --path-column file --label-columns age --task regression
      --group patient --valid-fraction 0.15 --test-fraction 0.15 --out data/xrays
  lockstep pack furniture.tsv --label-columns kind --split-column part --out data/furniture
  lockstep pack arrays.h5 --images-dataset x --labels-dataset y --valid-fraction 0.1 --out data/x
  lockstep pack photos/ --max-side 512 --encode jpeg --quality 90 --out data/photos
  lockstep pack test_images/ --unlabelled --out data/test
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
    app.add_option("SOURCE", pack_.source, "A folder, a table, or an HDF5 file")->required();
    app.add_option("--out", pack_.out, "The pack's directory")->required()->type_name("PACK");
    app.add_option("--jobs", pack_.jobs, "Threads; 0: one a core")->check(CLI::Range(0, 1024));
    app.add_option("--shard-size", pack_.shard_bytes, "Bytes of images in a shard; absent: 1GiB")
        ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false));
    app.add_flag("--strict", pack_.strict,
                 "Make no pack where any file has a fault; list all of them, and exit with 3");
    app.add_flag("--force", pack_.force, "Replace a pack that was made from other input");
    add_pack_labels(app);
    add_pack_splits(app);
    add_pack_images(app);
  }

  void add_pack_labels(CLI::App& app) {
    app.option_defaults()->group("Labels");
    app.add_flag("--unlabelled", pack_.unlabelled,
                 "Take none: a set to predict, as the split `test`");
    app.add_option("--label-regex", pack_.label_regex,
                   "The class is what this pattern's one group matches in a\n"
                   "file's name (Perl's syntax)")
        ->type_name("RE");
    const auto subject = [this](const std::string& text) {
      pack_.regex_subject = text == "path" ? RegexSubject::path : RegexSubject::name;
    };
    app.add_option_function<std::string>("--label-from", subject,
                                         "What patterns see: the file's name, or its path below\n"
                                         "SOURCE")
        ->check(CLI::IsMember({"name", "path"}).description(""))
        ->type_name("name|path");
    app.add_option("--table", pack_.table, "A table (.csv, .tsv) of files below SOURCE")
        ->type_name("FILE");
    app.add_option("--path-column", pack_.path_column,
                   "The table's column of files; absent: path, file, filename, image …")
        ->type_name("COLUMN");
    app.add_option("--label-columns", pack_.label_columns,
                   "That of the classes, or those of the numbers; absent: label,\n"
                   "class, category …")
        ->delimiter(',')
        ->type_name("A,B…");
    const auto task = [this](const std::string& text) {
      pack_.task = text == "regression"   ? LabelTask::regression
                   : text == "multilabel" ? LabelTask::multilabel
                                          : LabelTask::classification;
    };
    app.add_option_function<std::string>("--task", task,
                                         "What labels are: a class, real numbers, or flags (0, 1)")
        ->check(CLI::IsMember({"classification", "regression", "multilabel"}).description(""))
        ->type_name("classification|regression|multilabel");
    app.add_option("--images-dataset", pack_.images_dataset,
                   "Of an HDF5 file: uint8 pixels [N, H, W(, C)], or encoded files [N]")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--labels-dataset", pack_.labels_dataset,
                   "Of an HDF5 file: integers, strings or numbers [N(, k)]")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--classes", pack_.classes, "These classes alone")
        ->delimiter(',')
        ->type_name("A,B…");
  }

  void add_pack_splits(CLI::App& app) {
    app.option_defaults()->group("Splits, where the source has none");
    app.add_option("--valid-fraction", pack_.valid_fraction,
                   "Part of each class to set aside for validation")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--test-fraction", pack_.test_fraction, "The same for the split `test`")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--seed", pack_.seed, "Which ones")->capture_default_str();
    app.add_option("--group", pack_.group_column,
                   "A table's column, such as the patient: images of one group\n"
                   "stay on one side")
        ->type_name("COLUMN");
    app.add_option("--group-regex", pack_.group_regex,
                   "The same for files: what this pattern's one group matches")
        ->type_name("RE");
    app.add_option("--split-column", pack_.split_column,
                   "A table's column with train, valid or test; absent: split,\nwhere there is one")
        ->type_name("COLUMN");
    app.add_option("--valid-list", pack_.valid_list,
                   "A file that names what is for validation, a path below SOURCE a\nline")
        ->type_name("FILE");
    app.add_option("--test-list", pack_.test_list, "The same for the split `test`")
        ->type_name("FILE");
    app.add_option("--limit", pack_.limit,
                   "Take so many images of each split, spread over the classes")
        ->check(CLI::PositiveNumber);
  }

  void add_pack_images(CLI::App& app) {
    app.option_defaults()->group("Images");
    const auto encode = [this](const std::string& text) {
      pack_.image.encode = text == "jpeg"  ? PackEncoding::jpeg
                           : text == "png" ? PackEncoding::png
                           : text == "raw" ? PackEncoding::raw
                                           : PackEncoding::keep;
    };
    app.add_option_function<std::string>("--encode", encode,
                                         "How images are stored: as they came, or all anew")
        ->check(CLI::IsMember({"keep", "jpeg", "png", "raw"}).description(""))
        ->type_name("keep|jpeg|png|raw")
        ->default_str("keep");
    app.add_option("--quality", pack_.image.quality, "Of the JPEG files that are made")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    const auto check = [this](const std::string& text) {
      pack_.image.check = text == "structure" ? JpegCheck::structure : JpegCheck::decode;
    };
    app.add_option_function<std::string>("--check", check,
                                         "How JPEG files that are kept are looked at: decoded, or\n"
                                         "(faster) only their header and end")
        ->check(CLI::IsMember({"decode", "structure"}).description(""))
        ->type_name("decode|structure")
        ->default_str("decode");
    app.add_option("--max-side", pack_.image.max_side, "Shrink what has a longer side, in pixels")
        ->check(CLI::Range(1, 16'384))
        ->type_name("PIXELS");
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
