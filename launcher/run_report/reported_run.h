#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "launcher/answers/provenance.h"
#include "launcher/history/run_history.h"
#include "launcher/status/run_status.h"
#include "trainer/task/task_spec.h"

namespace lockstep {

/// Keys of a config and their values as in YAML.
using Settings = std::vector<std::pair<std::string, std::string>>;

/// A run as its files tell of it; nothing is evaluated.
struct ReportedRun {
  std::string name;  ///< its directory, as it was given
  RunState state = RunState::unstarted;
  std::string failure = {};         ///< why it has failed
  std::string config = {};          ///< config.yaml
  std::string config_problem = {};  ///< why there is none that can be read
  std::string seed = {};
  Settings settings = {};  ///< all but the seed, what is saved and logged, and where it runs
  std::optional<double> goal = {};
  std::optional<TaskSpec> task = {};  ///< as its checkpoint has it
  RunHistory history = {};
  std::vector<std::int64_t> restarts = {};  ///< the steps that it has continued from
  ModelOrigin model = {};  ///< the best checkpoint, else the newest; no path: there is none
  std::map<std::string, std::string> environment = {};  ///< in which that was made
  std::vector<std::string> digests = {};                ///< of all its checkpoints
};

/// Of these directories; that of a job array stands for its runs, and one that is given twice for
/// one run. Throws Error(usage) where one is no run.
std::vector<ReportedRun> read_reported_runs(const std::vector<std::filesystem::path>& directories,
                                            const Environment& environment);

}  // namespace lockstep
