#pragma once

#include <filesystem>

#include "launcher/config/config.h"

namespace lockstep {

enum class Resume {
  automatic,  ///< from the newest checkpoint that verifies, if there is one
  never,      ///< a run directory with checkpoints is Error(usage)
  from_path,  ///< from the checkpoint TrainJob::resume_path; later ones are set aside as superseded
};

/// Whether a config that differs from the run's is an error.
enum class ConfigChange { refuse, override };

/// `lockstep train`, as it is asked for: the same on every rank (rank 0 reads the files, the others
/// are told).
struct TrainJob {
  Config config;  ///< as given now; config.run.dir is the run directory
  Resume resume = Resume::automatic;
  std::filesystem::path resume_path = {};  ///< a checkpoint directory, for from_path
  int lanes = 0;                           ///< --lanes: the new L of a restart; 0: not given
  ConfigChange change = ConfigChange::refuse;
  bool dry_run = false;             ///< print the plan (plan_report.h) and leave
  std::filesystem::path plot = {};  ///< of a dry run: a picture of the schedule; empty: none
};

}  // namespace lockstep
