#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "launcher/commands/all_commands.h"
#include "launcher/manual/command_help.h"

namespace lockstep {

/// Help or the version was asked for, and this is it.
struct PrintText {
  std::string text;
  ExitCode run(Process& process) const;
};

/// All pages of the manual are to be written into a directory.
struct WriteManual {
  std::vector<CommandHelp> helps;
  std::filesystem::path directory;
  ExitCode run(Process& process) const;
};

template <typename Tuple>
struct VariantOf;
template <typename... Commands>
struct VariantOf<std::tuple<Commands...>> {
  static_assert((Command<Commands> && ...));
  using type = std::variant<PrintText, WriteManual, Commands...>;
};

/// One of all commands, its options filled in.
using ParsedCommand = VariantOf<AllCommands>::type;

/// What the words after the program's name ask for. Throws Error(usage).
///
///     const ParsedCommand command = parse_command_line(words);
///     std::visit([&](const auto& which) { return which.run(process); }, command);
ParsedCommand parse_command_line(std::span<const std::string> words);

}  // namespace lockstep
