#include "comm/communicator/mpi_error.h"

#include <string_view>

#include "core/error.h"

namespace lockstep {

void check_mpi(int status, const char* call) {
  if (status == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = {};
  int length = 0;
  MPI_Error_string(status, text, &length);
  fail(ExitCode::rank_lost,
       "{} failed: {}; is another rank or the network gone? See the other ranks' logs", call,
       std::string_view(text, length));
}

}  // namespace lockstep
