#pragma once

#include <string>
#include <vector>

#include "launcher/cli/process.h"

namespace lockstep {

struct ModelsCommand {
  static constexpr const char* kName = "models";
  static constexpr const char* kSummary = "List the networks, or show one of them";
  static const char* const kHelp;

  std::string name;                    ///< empty: all
  std::vector<std::string> overrides;  ///< model.KEY=value, for one
  int image_size = 0;                  ///< pixels; 0: the one that it was published with
  int channels = 3;
  int outputs = 1000;
  bool json = false;

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
