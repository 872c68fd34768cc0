#pragma once

#include <concepts>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/error.h"
#include "launcher/job/launch_mode.h"
#include "launcher/rank/rank_process.h"

namespace lockstep {

/// What every command is given.
struct Process {
  std::vector<std::string> words;  ///< of the command line, after the program's name
  Environment environment;
  RankProcess& rank;
};

/// A command: a struct with one member for each option, its defaults set.
///
///     struct VerifyCommand {
///       static constexpr const char* kName = "verify";
///       static constexpr const char* kSummary = "Read all of a pack and check it";
///       static constexpr const char* kHelp = "";         // below the options
///       std::filesystem::path pack;
///       void add_options(CLI::App& app);                 // binds them to the members
///       ExitCode run(Process& process) const;            // throws what ends the program
///     };
template <typename T>
concept Command = requires(T command, const T& parsed, CLI::App& app, Process& process) {
  { T::kName } -> std::convertible_to<const char*>;
  { T::kSummary } -> std::convertible_to<const char*>;
  { T::kHelp } -> std::convertible_to<const char*>;
  command.add_options(app);
  { parsed.run(process) } -> std::same_as<ExitCode>;
};

}  // namespace lockstep
