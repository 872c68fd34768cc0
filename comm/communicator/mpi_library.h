#pragma once

#include <string>

namespace lockstep {

/// The MPI library's name and version, as it says; also before MPI starts.
std::string mpi_library();

}  // namespace lockstep
