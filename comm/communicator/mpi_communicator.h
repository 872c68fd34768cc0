#pragma once

#include <cstddef>
#include <memory>

#include "comm/communicator/communicator.h"

namespace lockstep {

struct MpiOptions {
  /// For tests of what happens between nodes: deals the processes of each machine out to this many
  /// nodes in turn (process i to node i mod declared_nodes). 0: nodes are machines. The program
  /// takes it from LOCKSTEP_DECLARED_NODES in the environment.
  int declared_nodes = 0;
  /// The largest piece that is handed to MPI at once; MPI counts in int. A multiple of 8.
  std::size_t max_message_bytes = std::size_t{1} << 30;
};

/// All ranks of the job, ordered by node. Collective. An MpiSession must exist, and outlive it. A
/// failing MPI call throws Error(rank_lost).
std::unique_ptr<Communicator> make_mpi_communicator(const MpiOptions& options = {});

}  // namespace lockstep
