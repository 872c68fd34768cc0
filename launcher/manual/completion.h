#pragma once

#include <span>
#include <string>
#include <vector>

#include "launcher/manual/command_help.h"

namespace lockstep {

/// A script that makes bash complete the program's commands, options, their values, and the `keys`
/// of a config where a command takes key=value; else the names of files.
std::string bash_completion(std::span<const CommandHelp> helps, std::span<const std::string> keys);
/// The same for zsh, with what each means beside it.
std::string zsh_completion(std::span<const CommandHelp> helps, std::span<const std::string> keys);

}  // namespace lockstep
