// A rank, and the parent of a job, without what they do: for tests of how jobs start, stop and die.
//
//   job_stand_in parent RANKS MODE   run_job() of RANKS processes `job_stand_in rank MODE`
//   job_stand_in rank MODE           finish, wait (for SIGUSR2), deaf (to it), fail, die, leave,
//   chat

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "launcher/job/child_process.h"
#include "launcher/job/job.h"

namespace lockstep {
namespace {

void send(const Event& event) {
  const std::string line = encode(event);
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) std::_Exit(9);
}

void print(const std::string& line) {
  if (::write(STDOUT_FILENO, (line + "\n").data(), line.size() + 1) < 0) std::_Exit(9);
}

/// Rank 0 returns once all ranks are here, as MPI_Init does.
void meet(int rank, int ranks) {
  const std::filesystem::path directory = std::getenv("OMPI_MCA_orte_tmpdir_base");
  const auto mark = [&](int of) { return directory / fmt::format("rank_{}", of); };
  std::ofstream(mark(rank)).flush();
  for (int other = 0; rank == 0 && other < ranks; ++other) {
    while (!std::filesystem::exists(mark(other))) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

int run_rank(const std::string& mode) {
  const StopRequest stop(StopSignals::rank);
  die_with_parent(std::atoi(std::getenv(parent_variable)));
  const int rank = std::atoi(std::getenv("OMPI_COMM_WORLD_RANK"));
  meet(rank, std::atoi(std::getenv("OMPI_COMM_WORLD_SIZE")));
  if (rank == 0) send(ReadyEvent{});
  print(fmt::format("rank {} pid {} session {} segments {}", rank, getpid(),
                    std::getenv("OMPI_MCA_orte_tmpdir_base"),
                    std::getenv("OMPI_MCA_btl_vader_backing_directory")));
  if (mode == "finish") return 0;
  if (mode == "chat") {
    ProgressEvent progress;
    progress.steps = 10;
    send(progress);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(2100));  // a line in two seconds, not more
    progress.step = 5;
    send(progress);
    fmt::print(stderr, "a line of rank {}\n", rank);
    return 0;
  }
  if (mode == "leave" && rank == 1) return 7;
  if (mode == "no_mpi") {  // what Open MPI's library prints, and then its mpirun waits
    fmt::print(stderr, "[here:1] Local abort before MPI_INIT completed completed successfully\n");
    while (true) pause();
  }
  if (mode == "die" && rank == 1) raise(SIGKILL);
  if (mode == "fail" && rank == 1) {
    FailureEvent failure;
    failure.rank = rank;
    failure.host = "here";
    failure.step = 12;
    failure.phase = "reading data";
    failure.code = 3;
    failure.message = "cannot open 'x.h5'";
    send(failure);
    return 3;
  }
  while (mode == "deaf" || mode == "ends" || !stop.requested())
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return static_cast<int>(ExitCode::requeue);
}

int run_parent(const std::string& self, int ranks, const std::string& mode) {
  const StopRequest stop(StopSignals::terminal);
  try {
    return static_cast<int>(run_job({.ranks = ranks,
                                     .program = {self, "rank", mode},
                                     .environment = current_environment(),
                                     .on_stop = mode == "ends" ? OnStop::ends : OnStop::saves,
                                     .mpirun_log = {}},
                                    stop));
  } catch (const Error& error) {
    fmt::print(stderr, "lockstep: {}\n", error.what());
    return static_cast<int>(error.code());
  }
}

}  // namespace
}  // namespace lockstep

int main(int, char** argv) {
  const std::string role = argv[1];
  if (role == "rank") return lockstep::run_rank(argv[2]);
  return lockstep::run_parent(std::filesystem::read_symlink("/proc/self/exe"), std::atoi(argv[2]),
                              argv[3]);
}
