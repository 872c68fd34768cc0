#include "launcher/command_line.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "core/suggest.h"
#include "launcher/cli/option_types.h"
#include "launcher/config/config_fields.h"
#include "launcher/manual/completion.h"
#include "launcher/manual/man_page.h"
#include "launcher/rank/version.h"

namespace lockstep {
namespace {

constexpr const char* kRootHelp = R"(A first model, from images to accuracy:
  lockstep pack images/ --out data/mine --valid-fraction 0.1
  lockstep train configs/images.yaml data.pack=data/mine run.dir=runs/mine -n auto
  lockstep eval runs/mine
`lockstep COMMAND --help` says more.

Exit codes: 0 done, 1 internal error, 2 command line or config, 3 data, 4 checkpoint or disk,
5 a rank died, 75 stopped on request with a checkpoint: start again to continue.)";

constexpr const char* kCompletion = "completion";
constexpr const char* kCompletionHelp = R"(Examples:
  source <(lockstep completion bash)                                 in this shell
  lockstep completion zsh > ~/.zsh/completions/_lockstep             where fpath has it)";

constexpr const char* kMan = "man";
constexpr const char* kManHelp = R"(Examples:
  lockstep man train | man -l -                      read a page
  lockstep man --all ~/.local/share/man/man1         for `man lockstep`)";

enum class Shell { bash, zsh };
constexpr EnumName<Shell> kShellNames[] = {{Shell::bash, "bash"}, {Shell::zsh, "zsh"}};
constexpr std::span<const EnumName<Shell>> enum_names(Shell) { return kShellNames; }

/// All commands, each bound to the struct that it fills.
class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", std::string("lockstep ") + kVersion);
    app_.footer(kRootHelp);
    std::apply([this](auto&... command) { (add(command), ...); }, commands_);
    add_manual();
  }

  ParsedCommand parse(std::span<const std::string> words) {
    check(!words.empty(), ExitCode::usage, "no command; `lockstep --help` lists them");
    check_name(words[0]);
    try {
      app_.parse(
          std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 pops from the back
    } catch (const CLI::CallForHelp&) {
      return PrintText{asked().help(name_asked().empty() ? "" : "lockstep")};
    } catch (const CLI::CallForVersion& version) {
      return PrintText{std::string(version.what()) + "\n"};
    } catch (const CLI::ParseError& error) {
      fail(ExitCode::usage, "{}{}; see `lockstep {}--help`", what(error), suggestion(words),
           name_asked().empty() ? "" : name_asked() + " ");
    }
    check_values();
    if (name_asked() == kCompletion) return PrintText{completion()};
    if (name_asked() == kMan) return manual();
    return select();
  }

 private:
  template <Command T>
  void add(T& command) {
    CLI::App& app = *app_.add_subcommand(T::kName, T::kSummary);
    app.footer(T::kHelp);
    command.add_options(app);
    for (CLI::Option* option : app.get_options()) {
      if (option->get_expected_max() == 0) option->disable_flag_override();
    }
    names_.push_back(T::kName);
  }

  /// Commands for those who install the program; --help does not list them (their group is empty).
  void add_manual() {
    CLI::App& completion =
        *app_.add_subcommand(kCompletion, "Print a script that completes words in a shell");
    completion.group("")->footer(kCompletionHelp);
    add_choice(completion, "SHELL", shell_, "The shell")->required();
    CLI::App& man = *app_.add_subcommand(kMan, "Print a page of the manual, for `man -l -`");
    man.group("")->footer(kManHelp);
    man.add_option("COMMAND", page_, "Of this command; default: of the program");
    man.add_option("--all", pages_, "Write all pages into this directory")->type_name("DIR");
    names_.insert(names_.end(), {kCompletion, kMan});
  }

  std::string completion() const {
    std::vector<std::string> keys;
    for (const ConfigField& field : config_fields()) keys.push_back(field.key);
    const std::vector<CommandHelp> helps = command_helps(app_);
    return shell_ == Shell::bash ? bash_completion(helps, keys) : zsh_completion(helps, keys);
  }

  ParsedCommand manual() const {
    const std::vector<CommandHelp> helps = command_helps(app_);
    if (!pages_.empty()) return WriteManual{helps, pages_};
    std::vector<std::string> commands;
    for (const CommandHelp& help : helps) commands.push_back(help.name);
    const auto found = std::ranges::find(commands, page_.empty() ? commands.front() : page_);
    check(found != commands.end(), ExitCode::usage, "there is no page of '{}'{}", page_,
          did_you_mean(page_, commands));
    return PrintText{man_page(helps, static_cast<std::size_t>(found - commands.begin()), kVersion)};
  }

  void check_name(const std::string& word) const {
    check(word.starts_with('-') || std::ranges::find(names_, word) != names_.end(), ExitCode::usage,
          "unknown command '{}'{}; `lockstep --help` lists them", word, did_you_mean(word, names_));
  }

  /// What is wrong, in words for people.
  static std::string what(const CLI::ParseError& error) {
    std::string text = error.what();
    const std::string jargon = "was given a disallowed flag override";
    if (const std::size_t at = text.find(jargon); at != std::string::npos) {
      text.replace(at, jargon.size(), "is a flag and takes no value");
      text.insert(0, "--");  // CLI11 gives the name without them
    }
    return text;
  }

  /// The command that was named, or the program itself.
  CLI::App& asked() {
    const std::vector<CLI::App*> chosen = app_.get_subcommands();
    return chosen.empty() ? app_ : *chosen.front();
  }

  std::string name_asked() { return &asked() == &app_ ? "" : asked().get_name(); }

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

  /// No option and no argument means anything by an empty text.
  void check_values() {
    for (const CLI::Option* option : asked().get_options()) {
      const std::vector<std::string>& given = option->results();
      check(std::ranges::find(given, "") == given.end() || option->get_expected_max() == 0,
            ExitCode::usage, "{}: its value is empty; see `lockstep {} --help`", option->get_name(),
            name_asked());
    }
  }

  ParsedCommand select() {
    std::optional<ParsedCommand> selected;
    const std::string name = name_asked();
    const auto take = [&](const auto& command) {
      if (name == command.kName) selected = command;
    };
    std::apply([&](const auto&... command) { (take(command), ...); }, commands_);
    return selected.value();
  }

  CLI::App app_{
      "lockstep: trains image models on many GPUs, with the same bits on any number of ranks",
      "lockstep"};
  std::vector<std::string> names_;
  AllCommands commands_;
  Shell shell_ = Shell::bash;
  std::string page_;
  std::filesystem::path pages_;
};

}  // namespace

ExitCode PrintText::run(Process&) const {
  fmt::print("{}", text);
  return ExitCode::ok;
}

ExitCode WriteManual::run(Process&) const {
  write_man_pages(helps, directory, kVersion);
  return ExitCode::ok;
}

ParsedCommand parse_command_line(std::span<const std::string> words) {
  return CommandLine().parse(words);
}

}  // namespace lockstep
