#include "launcher/manual/completion.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lockstep {
namespace {

std::string joined(std::span<const std::string> words) {
  return fmt::to_string(fmt::join(words, " "));
}

/// The options' names of a command.
std::vector<std::string> names_of(const CommandHelp& help) {
  std::vector<std::string> names;
  for (const OptionHelp& option : help.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

bool takes_keys(const CommandHelp& help) {
  return std::ranges::any_of(
      help.options, [](const OptionHelp& option) { return option.argument == "key=value"; });
}

std::vector<std::string> commands_of(std::span<const CommandHelp> helps) {
  std::vector<std::string> names;
  for (const CommandHelp& help : helps.subspan(1)) names.push_back(help.name);
  return names;
}

/// `text` in single quotes of a shell.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    c == '\'' ? result += "'\\''" : result += c;
  }
  return result + "'";
}

/// The first line of a description, as zsh shows it in brackets.
std::string brief(const std::string& text) {
  std::string result;
  for (const char c : text.substr(0, text.find('\n'))) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string zsh_option(const OptionHelp& option) {
  std::string spec;
  for (const std::string& name : option.names) {
    const std::string others = option.names.size() > 1 ? "(" + joined(option.names) + ")" : "";
    std::string action;
    if (!option.value.empty()) {
      const std::vector<std::string> choices = option.choices();
      action = fmt::format(":{}:{}", brief(option.value),
                           choices.empty() ? "_files" : "(" + joined(choices) + ")");
    }
    const bool has_equals = name.starts_with("--") && !option.value.empty();
    spec += fmt::format("        {} \\\n",
                        quoted((option.may_repeat ? "*" : others) + name + (has_equals ? "=" : "") +
                               "[" + brief(option.description) + "]" + action));
  }
  return spec;
}

std::string zsh_options(const CommandHelp& help) {
  std::string specs;
  for (const OptionHelp& option : help.options) specs += zsh_option(option);
  return specs;
}

}  // namespace

std::string bash_completion(std::span<const CommandHelp> helps, std::span<const std::string> keys) {
  std::string options, values, with_keys;
  for (const CommandHelp& help : helps) {
    const std::string name = &help == helps.data() ? "''" : help.name;
    options += fmt::format("    {}) words='{}' ;;\n", name, joined(names_of(help)));
    if (takes_keys(help)) with_keys += (with_keys.empty() ? "" : " | ") + help.name;
    for (const OptionHelp& option : help.options) {
      if (option.names.empty() || option.value.empty()) continue;
      std::string patterns;
      for (const std::string& one : option.names) {
        patterns += fmt::format("{}'{} {}'", patterns.empty() ? "" : " | ", help.name, one);
      }
      values += fmt::format("    {}) values='{}' ;;\n", patterns, joined(option.choices()));
    }
  }
  return fmt::format(
      R"(# Completes the words of lockstep in bash. Made by `lockstep completion bash`.
_lockstep() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD - 1]}}" command='' words='' values i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ "${{COMP_WORDS[i]}}" != -* ]]; then command="${{COMP_WORDS[i]}}" && break; fi
  done
  # bash takes --option=value for three words.
  if [[ "$current" == = ]]; then
    current=''
  elif [[ "$before" == = ]]; then
    before="${{COMP_WORDS[COMP_CWORD - 2]}}"
  fi
  case "$command $before" in
{values}    *) values=none ;;
  esac
  if [[ "$values" != none ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current")
    return
  fi
  case "$command" in
{options}  esac
  if [[ -z "$command" ]]; then words+=' {commands}'; fi
  if [[ "$current" == -* || -z "$command" ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    return
  fi
  case "$command" in
    {with_keys})
      if [[ "$current" == *.* ]]; then
        mapfile -t COMPREPLY < <(compgen -S = -W '{keys}' -- "$current")
        if ((${{#COMPREPLY[@]}} > 0)); then compopt -o nospace; fi
      fi
      ;;
  esac
}}
complete -o default -F _lockstep lockstep
)",
      fmt::arg("values", values), fmt::arg("options", options),
      fmt::arg("commands", joined(commands_of(helps))),
      fmt::arg("with_keys", with_keys.empty() ? "''" : with_keys), fmt::arg("keys", joined(keys)));
}

std::string zsh_completion(std::span<const CommandHelp> helps, std::span<const std::string> keys) {
  std::string commands, cases;
  for (const CommandHelp& help : helps.subspan(1)) {
    commands += fmt::format("    {}\n", quoted(help.name + ":" + brief(help.summary)));
    cases +=
        fmt::format("    {})\n      _arguments -s -S \\\n{}        '*: :{}'\n      ;;\n", help.name,
                    zsh_options(help), takes_keys(help) ? "_lockstep_words" : "_files");
  }
  return fmt::format(R"(#compdef lockstep
# Completes the words of lockstep in zsh. Made by `lockstep completion zsh`.
_lockstep_words() {{
  if [[ "$PREFIX" == *.* ]]; then
    compadd -S = -- {keys}
  fi
  _files
}}
_lockstep() {{
  local -a commands
  commands=(
{commands}  )
  if ((CURRENT == 2)); then
    if [[ "$PREFIX" == -* ]]; then
      _arguments -s -S \
{options}        '*: :_files'
    else
      _describe command commands
    fi
    return
  fi
  local command="${{words[2]}}"
  shift words
  ((CURRENT--))
  case "$command" in
{cases}  esac
}}
_lockstep "$@"
)",
                     fmt::arg("keys", joined(keys)), fmt::arg("commands", commands),
                     fmt::arg("options", zsh_options(helps.front())), fmt::arg("cases", cases));
}

}  // namespace lockstep
