#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/names.h"

namespace lockstep {

/// Who may read the files of a run, beside its owner.
enum class RunAccess {
  owner,  ///< nobody: 0600 and 0700
  group,  ///< the group: 0640 and 0750
  umask,  ///< whom the umask lets
};
inline constexpr EnumName<RunAccess> kRunAccessNames[] = {
    {RunAccess::owner, "owner"}, {RunAccess::group, "group"}, {RunAccess::umask, "umask"}};
constexpr std::span<const EnumName<RunAccess>> enum_names(RunAccess) { return kRunAccessNames; }

/// The `run` section of a config.
struct RunOptions {
  std::string dir = "runs/default";  ///< the run directory; relative to where the command runs
  std::uint64_t seed = 1;            ///< of everything that is random in the run
  RunAccess access = RunAccess::owner;
};

}  // namespace lockstep
