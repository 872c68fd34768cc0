#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "launcher/job/launch_mode.h"

namespace lockstep {

/// The GPUs, as this program sees them.
struct GpuFacts {
  bool has_driver = false;                   ///< NVIDIA's, on this machine
  std::vector<std::string> names;            ///< of the GPUs that this process sees
  std::map<std::string, std::int64_t> cuda;  ///< cuda_versions(); empty: built without CUDA
  std::string problem;                       ///< why CUDA cannot start; empty: it can
};

/// What training needs of a machine. An absent limit is none.
struct MachineFacts {
  GpuFacts gpu;
  std::string mpi;     ///< the library's name and version
  std::string mpirun;  ///< its path; empty: `mpirun_problem`
  std::string mpirun_problem;
  std::string pmix;        ///< the library's version; empty: there is none
  bool has_slurm = false;  ///< srun is on PATH
  bool has_infiniband = false;
  int cores = 1;                         ///< physical ones, of the affinity and a container's quota
  int processors = 1;                    ///< of the machine
  std::uint64_t memory = 0;              ///< bytes that the kernel could still give
  std::optional<std::uint64_t> shm;      ///< free in /dev/shm; std::nullopt: not to be written
  std::optional<std::uint64_t> nofile;   ///< open files, of which the program takes the hard limit
  std::optional<std::uint64_t> memlock;  ///< bytes
  std::optional<std::uint64_t> stack;    ///< bytes
  double clock = 0;                      ///< seconds since 1970
  double clock_speed = 1;                ///< seconds of the clock for each of the steady one
};

/// Looks at this machine; `gpu` and `mpi` as they are given. Takes a tenth of a second.
MachineFacts look_at_machine(const Environment& environment, GpuFacts gpu, std::string mpi);

}  // namespace lockstep
