#pragma once

#include <string>

namespace lockstep {

/// What CUDA's runtime says when it is first asked. Versions are CUDA's own numbers, 13000
/// for 13.0.
struct CudaStart {
  int devices = 0;  ///< that this process sees, where it started
  bool failed = false;
  std::string error;  ///< CUDA's own words, where it failed
  int driver = 0;     ///< the newest CUDA that the driver runs; 0: no driver is installed
  int runtime = 0;    ///< what this program is built for
};

/// How many GPUs there are to use; 0 where no driver is installed. Throws Error(usage) with both
/// versions where one is, and CUDA cannot start: whoever has GPUs must not train on a CPU unawares.
int usable_devices(const CudaStart& start);

}  // namespace lockstep
