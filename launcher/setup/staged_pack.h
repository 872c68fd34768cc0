#pragma once

#include <string>

#include "launcher/config/config.h"
#include "launcher/job/launch_mode.h"
#include "launcher/rank/rank_context.h"

namespace lockstep {

/// The pack of a run where its ranks read it: where it lies or, with data.stage, a copy on a disk
/// of each node, which the first rank of the node has made. A copy that is not kept is this run's
/// alone, and goes with this object.
///
///     const StagedPack pack(config, context);
///     config.data.pack = pack.directory();
class StagedPack {
 public:
  /// Collective. Throws Error(usage) where data.stage is a variable that is not set; Error(data)
  /// and Error(storage).
  StagedPack(const Config& config, RankContext& context);
  ~StagedPack();
  StagedPack(const StagedPack&) = delete;
  StagedPack& operator=(const StagedPack&) = delete;

  const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
  bool is_removed_ = false;  ///< by this rank, at the end
};

/// `stage`, whose first part may name a variable of `environment`: "$TMPDIR/packs". Throws
/// Error(usage) where that is not set.
std::string stage_directory(const std::string& stage, const Environment& environment);

}  // namespace lockstep
