#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "launcher/rank/rank_context.h"

namespace lockstep {

/// `lockstep prove`, as given on the command line.
struct ProveJob {
  std::filesystem::path run;
  std::optional<std::int64_t> from;  ///< a checkpoint's step, or 0; empty: the newest but one
  std::optional<std::int64_t> to;    ///< likewise; empty: the newest
  std::vector<std::string> overrides = {};  ///< key=value, of keys that do not decide the numbers
  bool json = false;                        ///< one JSON document on stdout
};

/// One rank of a replay: trains in memory from one checkpoint of the run to another, and compares.
/// Nothing in the run's directory changes. Collective: every rank calls it; rank 0 prints. Throws
/// Error(storage) where the result is another, Error(usage) where the two are not of one course.
ExitCode run_prove_rank(const ProveJob& job, RankContext& context);

}  // namespace lockstep
