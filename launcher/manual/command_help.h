#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace lockstep {

/// An option or an argument of a command, as --help tells it.
struct OptionHelp {
  std::vector<std::string> names = {};  ///< "-n", "--ranks"; empty: an argument
  std::string argument = {};            ///< its name: "RUN"
  std::string value = {};               ///< "N", "auto|cpu|cuda"; empty: a flag
  std::string description = {};         ///< lines
  bool is_required = false;
  bool may_repeat = false;

  /// The words that the value may be; empty: any.
  std::vector<std::string> choices() const;
};

/// A command, or the program itself.
struct CommandHelp {
  std::string name;
  std::string summary;
  std::vector<OptionHelp> options = {};  ///< arguments among them
  std::string text = {};                 ///< what stands below the options, without the examples
  std::string examples = {};             ///< lines
};

/// What `app` tells of itself and of its commands, the program first. A footer's examples begin
/// with a line "Examples:".
std::vector<CommandHelp> command_helps(const CLI::App& app);

}  // namespace lockstep
