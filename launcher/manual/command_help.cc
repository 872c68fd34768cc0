#include "launcher/manual/command_help.h"

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::string_view kExamples = "Examples:\n";

OptionHelp option_help(const CLI::Option& option) {
  OptionHelp help{.description = option.get_description(),
                  .is_required = option.get_required(),
                  .may_repeat = option.get_expected_max() > 1};
  if (option.get_positional()) help.argument = option.get_name(/*positional=*/true);
  for (const std::string& name : option.get_snames()) help.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) help.names.push_back("--" + name);
  if (option.get_expected_max() > 0) help.value = option.get_type_name();
  return help;
}

CommandHelp command_help(const CLI::App& app) {
  CommandHelp help{.name = app.get_name(), .summary = app.get_description()};
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_group().empty()) help.options.push_back(option_help(*option));
  }
  const std::string footer = app.get_footer();
  const std::size_t begin = footer.find(kExamples);
  help.text = footer.substr(0, begin);
  if (begin != std::string::npos) help.examples = footer.substr(begin + kExamples.size());
  return help;
}

}  // namespace

std::vector<std::string> OptionHelp::choices() const {
  std::vector<std::string> words;
  if (value.find('|') == std::string::npos) return words;
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t end = std::min(value.find('|', begin), value.size());
    const std::string word = value.substr(begin, end - begin);
    // A name in capitals stands for any value: "auto|never|PATH".
    const bool is_word = std::ranges::any_of(word, [](char c) { return c < 'A' || c > 'Z'; });
    if (is_word) words.push_back(word);
    begin = end + 1;
  }
  return words;
}

std::vector<CommandHelp> command_helps(const CLI::App& app) {
  std::vector<CommandHelp> helps = {command_help(app)};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) helps.push_back(command_help(*command));
  }
  return helps;
}

}  // namespace lockstep
