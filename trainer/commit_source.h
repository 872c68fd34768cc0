#pragma once

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "checkpoint/pending_commit.h"
#include "trainer/state_copy.h"
#include "trainer/training_state.h"

namespace lockstep {

/// What a checkpoint records of the run that it belongs to.
struct RunRecord {
  std::string config;  ///< resolved, as text
  std::string pack_fingerprint;
  nlohmann::json environment;
};

/// What a commit of this state is made from. The rank that `writes` copies the tensors into `copy`;
/// any other only hashes them where they are, which takes less time (from a GPU it copies them
/// too). The caller waits for that, and for nothing else. `copy` is in use until the source is
/// gone.
CommitSource commit_source(const TrainingState& state, const StateParts& parts,
                           const RunRecord& record, std::shared_ptr<StateCopy> copy, bool writes);

}  // namespace lockstep
