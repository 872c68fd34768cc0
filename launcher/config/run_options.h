#pragma once

#include <cstdint>
#include <string>

namespace lockstep {

/// The `run` section of a config.
struct RunOptions {
  std::string dir = "runs/default";  ///< the run directory; relative to where the command runs
  std::uint64_t seed = 1;            ///< of everything that is random in the run
};

}  // namespace lockstep
