#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "launcher/cli/launch.h"
#include "launcher/cli/process.h"
#include "launcher/doctor/finding.h"

namespace lockstep {

struct DoctorCommand {
  static constexpr const char* kName = "doctor";
  static constexpr const char* kSummary = "Check machine, data and config before training";
  static const char* const kHelp;

  std::filesystem::path target;        ///< a config, a run's directory or a pack's; empty: none
  std::vector<std::string> overrides;  ///< key=value, of the config
  bool json = false;

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;

 private:
  Findings findings(Process& process, const Launch& launch) const;
};

}  // namespace lockstep
