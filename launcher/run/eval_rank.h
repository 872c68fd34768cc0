#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/error.h"
#include "launcher/rank/rank_context.h"
#include "trainer/lane/precision.h"

namespace lockstep {

/// `lockstep eval`, as given on the command line.
struct EvalJob {
  std::filesystem::path target;  ///< a run directory or one checkpoint
  std::string split;             ///< empty: the run's data.valid
  std::filesystem::path pack;    ///< empty: the run's data.pack
  std::string device;            ///< auto, cpu or cuda; empty: the run's train.device
  /// Empty: the run's.
  std::optional<Precision> precision;
  int batch = 0;      ///< samples; 0: the run's train.batch
  bool json = false;  ///< one JSON document on stdout, and nothing else there
};

/// One rank of an evaluation. Collective: every rank calls it; rank 0 prints.
ExitCode run_eval_rank(const EvalJob& job, RankContext& context);

}  // namespace lockstep
