#include "comm/communicator/mpi_library.h"

#include <mpi.h>

namespace lockstep {

std::string mpi_library() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  MPI_Get_library_version(text, &length);
  const std::string all(text, static_cast<std::size_t>(length));
  return all.substr(0, all.find_first_of(",\n"));  // what follows is how it was built
}

}  // namespace lockstep
