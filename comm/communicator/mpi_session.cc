#include "comm/communicator/mpi_session.h"

#include <exception>

#include "comm/communicator/mpi_error.h"
#include "core/error.h"

namespace lockstep {

MpiSession::MpiSession() : exceptions_at_start_(std::uncaught_exceptions()) {
  int provided = MPI_THREAD_SINGLE;
  check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  check(provided >= MPI_THREAD_FUNNELED, ExitCode::usage,
        "this MPI library allows no threads beside it (MPI_THREAD_FUNNELED): use one built with "
        "thread support");
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

MpiSession::~MpiSession() {
  if (std::uncaught_exceptions() > exceptions_at_start_) return;
  MPI_Finalize();
}

}  // namespace lockstep
