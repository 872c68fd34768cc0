#pragma once

#include <mpi.h>

namespace lockstep {

/// Throws Error(rank_lost) that names the call and MPI's own reason, unless `status` is
/// MPI_SUCCESS: with errors returned instead of fatal, a failing call nearly always means that a
/// peer or the network is gone.
void check_mpi(int status, const char* call);

}  // namespace lockstep
