#include "launcher/doctor/machine_facts.h"

#include <chrono>
#include <dlfcn.h>
#include <filesystem>
#include <thread>
#include <unistd.h>

#include <sys/resource.h>

#include "core/file.h"
#include "launcher/job/host.h"
#include "launcher/job/mpirun_command.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> limit_of(int resource, rlim_t rlimit::*kind) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0) return std::nullopt;
  if (limit.*kind == RLIM_INFINITY) return std::nullopt;
  return limit.*kind;
}

std::optional<std::uint64_t> shared_memory() {
  const fs::path directory = "/dev/shm";
  if (::access(directory.c_str(), W_OK) != 0) return std::nullopt;
  return free_bytes(directory);
}

/// The version of the PMIx that Open MPI and srun talk by, as the dynamic linker finds it.
std::string pmix_version() {
  void* const library = ::dlopen("libpmix.so.2", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return {};
  using GetVersion = const char* (*)();
  const auto get = reinterpret_cast<GetVersion>(::dlsym(library, "PMIx_Get_version"));
  const std::string text = get == nullptr ? "of unknown version" : get();
  return text.substr(0, text.find(" ("));
}

/// Over a twentieth of a second.
double measure_clock_speed() {
  using Steady = std::chrono::steady_clock;
  using Wall = std::chrono::system_clock;
  const auto steady = Steady::now();
  const auto wall = Wall::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const std::chrono::duration<double> wall_passed = Wall::now() - wall;
  const std::chrono::duration<double> steady_passed = Steady::now() - steady;
  return wall_passed / steady_passed;
}

}  // namespace

MachineFacts look_at_machine(const Environment& environment, GpuFacts gpu, std::string mpi) {
  MachineFacts facts;
  facts.gpu = std::move(gpu);
  facts.mpi = std::move(mpi);
  try {
    facts.mpirun = find_mpirun(environment, fs::read_symlink("/proc/self/exe"));
  } catch (const Error& error) {
    facts.mpirun_problem = error.what();
  }
  facts.pmix = pmix_version();
  facts.has_slurm = !find_on_path(environment, "srun").empty();
  std::error_code ignored;
  facts.has_infiniband = fs::exists("/sys/class/infiniband", ignored);
  facts.cores = host_resources().cores;
  facts.processors = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  facts.memory = available_memory();
  facts.shm = shared_memory();
  facts.nofile = limit_of(RLIMIT_NOFILE, &rlimit::rlim_max);
  facts.memlock = limit_of(RLIMIT_MEMLOCK, &rlimit::rlim_cur);
  facts.stack = limit_of(RLIMIT_STACK, &rlimit::rlim_cur);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  facts.clock = std::chrono::duration<double>(now).count();
  facts.clock_speed = measure_clock_speed();
  return facts;
}

}  // namespace lockstep
