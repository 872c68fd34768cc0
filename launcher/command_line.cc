#include "launcher/command_line.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "core/suggest.h"
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

/// All commands, each bound to the struct that it fills.
class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", std::string("lockstep ") + kVersion);
    app_.footer(kRootHelp);
    std::apply([this](auto&... command) { (add(command), ...); }, commands_);
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
};

}  // namespace

ExitCode PrintText::run(Process&) const {
  fmt::print("{}", text);
  return ExitCode::ok;
}

ParsedCommand parse_command_line(std::span<const std::string> words) {
  return CommandLine().parse(words);
}

}  // namespace lockstep
