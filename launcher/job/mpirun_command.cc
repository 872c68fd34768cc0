#include "launcher/job/mpirun_command.h"

#include <algorithm>
#include <sstream>
#include <unistd.h>

#include "core/error.h"
#include "launcher/job/package.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

bool is_executable(const fs::path& path) {
  std::error_code unreadable;
  return fs::is_regular_file(path, unreadable) && ::access(path.c_str(), X_OK) == 0;
}

std::vector<std::string> binding(const MpirunRequest& request) {
  const int nodes = request.host.numa_nodes;
  // A rank is never bound to one core: its prefetch workers would share it. To the memory that is
  // near it, yes, where ranks divide evenly and the machine is ours. A rank with a GPU binds itself
  // to what is near that one.
  if (!request.on_gpus && nodes > 1 && request.ranks % nodes == 0 && !request.host.restricted &&
      request.ranks <= request.host.cores) {
    return {"--map-by", fmt::format("ppr:{}:numa", request.ranks / nodes), "--bind-to", "numa"};
  }
  return {"--bind-to", "none"};
}

}  // namespace

MpirunCommand mpirun_command(const MpirunRequest& request, const Environment& environment) {
  MpirunCommand command;
  command.argv = {request.mpirun.string(), "-n", std::to_string(request.ranks), "--oversubscribe"};
  for (std::string& word : binding(request)) command.argv.push_back(std::move(word));
  command.argv.push_back("--");
  command.argv.insert(command.argv.end(), request.program.begin(), request.program.end());

  command.environment = environment;
  const auto set = [&](const char* name, std::string value) {
    command.environment.emplace(name, std::move(value));
  };
  set("OMPI_ALLOW_RUN_AS_ROOT", "1");
  set("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
  // These ranks share one machine: no search for networks (it takes half a second), and inside a
  // Slurm allocation no srun.
  set("OMPI_MCA_pml", "ob1");
  // When a rank has died the others are of no use. What asks them to save is another signal than
  // SIGTERM, after which mpirun would wait two seconds before it kills them.
  set("OMPI_MCA_odls_base_sigkill_timeout", "0");
  set("OMPI_MCA_btl", "self,vader,tcp");
  set("OMPI_MCA_plm", "isolated");
  set("OMPI_MCA_ras", "^slurm,gridengine");
  set("OMPI_MCA_orte_tmpdir_base", request.session_directory.string());
  set("OMPI_MCA_btl_vader_backing_directory", request.segment_directory.string());
  if (!request.cross_memory_attach) set("OMPI_MCA_btl_vader_single_copy_mechanism", "none");
  if (request.ranks > request.host.cores) {
    // A rank that waits must let the others compute.
    set("OMPI_MCA_mpi_yield_when_idle", "1");
    command.warning =
        fmt::format("{} ranks on {} cores: they take turns, and each step waits for the last",
                    request.ranks, request.host.cores);
  }
  return command;
}

fs::path find_mpirun(const Environment& environment, const fs::path& program) {
  if (const auto chosen = environment.find("LOCKSTEP_MPIRUN"); chosen != environment.end()) {
    check(is_executable(chosen->second), ExitCode::usage,
          "LOCKSTEP_MPIRUN is '{}', which is not an executable file", chosen->second);
    return chosen->second;
  }
  if (const auto package = package_of(program)) {
    open_mpi_places(*package);  // throws where the package is incomplete
    fs::path mpirun = *package / "bin/mpirun";
    check(is_executable(mpirun), ExitCode::usage,
          "the package of lockstep in '{}' is incomplete: bin/mpirun is not an executable file. "
          "Unpack its archive again, or set LOCKSTEP_MPIRUN",
          package->string());
    return mpirun;
  }
  // The one beside the library that we are linked to, before any other on PATH.
  if (is_executable(LOCKSTEP_MPIEXEC)) return LOCKSTEP_MPIEXEC;
  if (fs::path found = find_on_path(environment, "mpirun"); !found.empty()) return found;
  fail(
      ExitCode::usage,
      "`-n` needs Open MPI's mpirun, which was not found: install it (Debian: openmpi-bin), or set "
      "LOCKSTEP_MPIRUN to its path");
}

fs::path find_on_path(const Environment& environment, std::string_view name) {
  const auto path = environment.find("PATH");
  if (path == environment.end()) return {};
  std::istringstream folders(path->second);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty() && is_executable(fs::path(folder) / name)) return fs::path(folder) / name;
  }
  return {};
}

int automatic_ranks(int lanes, int gpus, int cores) {
  const int devices = std::max(1, gpus > 0 ? gpus : cores);
  return lanes > 0 ? std::min(lanes, devices) : devices;
}

}  // namespace lockstep
