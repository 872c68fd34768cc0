#pragma once

namespace lockstep {

/// MPI from construction to destruction; the first object that a rank makes and the last that it
/// destroys. Only the thread that made it may use MPI (MPI_THREAD_FUNNELED).
///
/// Where an exception destroys it, MPI is left unfinalized: MPI_Finalize waits for the peers, and
/// these may wait for a rank that will never come. Such a rank must end with Communicator::abort,
/// or with a non-zero status, on which mpirun and srun end the others.
///
///     const MpiSession session;
///     const std::unique_ptr<Communicator> ranks = make_mpi_communicator();
class MpiSession {
 public:
  /// Throws Error(rank_lost) where MPI cannot start.
  MpiSession();
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

 private:
  int exceptions_at_start_;
};

}  // namespace lockstep
