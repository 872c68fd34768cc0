#include "launcher/job/host.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <malloc.h>
#include <sched.h>
#include <set>
#include <sstream>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/resource.h>

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// The first line of a file of /proc or /sys; empty where it is not there.
std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

int count_numa_nodes() {
  std::error_code error;
  const auto entries = fs::directory_iterator("/sys/devices/system/node", error);
  const auto count =
      std::count_if(begin(entries), end(entries), [](const fs::directory_entry& entry) {
        const std::string name = entry.path().filename();
        return name.starts_with("node") &&
               std::isdigit(static_cast<unsigned char>(name.back())) != 0;
      });
  return std::max(1, static_cast<int>(count));
}

}  // namespace

std::optional<int> quota_of(std::string_view cpu_max) {
  std::istringstream words{std::string(cpu_max)};
  double quota = 0, period = 0;
  if (!(words >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return static_cast<int>((quota + period - 1) / period);
}

CpuSet allowed_cpus() {
  cpu_set_t affinity;
  CPU_ZERO(&affinity);
  sched_getaffinity(0, sizeof affinity, &affinity);
  CpuSet cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &affinity)) cpus.insert(cpu);
  }
  return cpus;
}

int physical_cores(const CpuSet& cpus) {
  std::set<std::string> cores;  // processors that share a core name the same siblings
  for (const int cpu : cpus) {
    const fs::path topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology";
    const std::string siblings = first_line(topology / "thread_siblings_list");
    cores.insert(siblings.empty() ? std::to_string(cpu) : siblings);
  }
  return std::max(1, static_cast<int>(cores.size()));
}

std::optional<int> cpu_quota() {
  const std::string entry = first_line("/proc/self/cgroup");  // "0::/user.slice/..."
  const fs::path root = "/sys/fs/cgroup";
  std::optional<int> quota;
  if (entry.starts_with("0::/")) quota = quota_of(first_line(root / entry.substr(4) / "cpu.max"));
  return quota ? quota : quota_of(first_line(root / "cpu.max"));
}

std::uint64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string name, unit; file >> name;) {
    std::uint64_t kilobytes = 0;
    file >> kilobytes;
    if (name == "MemAvailable:") return kilobytes * 1024;
    std::getline(file, unit);
  }
  return std::uint64_t{4} << 30;
}

HostResources host_resources() {
  HostResources host;
  const CpuSet allowed = allowed_cpus();
  host.cores = physical_cores(allowed);
  host.restricted = std::ssize(allowed) < sysconf(_SC_NPROCESSORS_ONLN);
  if (const std::optional<int> quota = cpu_quota(); quota && *quota < host.cores) {
    host.cores = *quota;
    host.restricted = true;
  }
  host.numa_nodes = count_numa_nodes();
  return host;
}

std::string binding_warning(const HostResources& host, int busy_threads) {
  if (!host.restricted || host.cores >= busy_threads) return {};
  return fmt::format(
      "this rank is bound to {} core{} but keeps {} threads busy (train.threads + data.workers): "
      "give it more (mpirun --bind-to none, srun --cpus-per-task={})",
      host.cores, host.cores == 1 ? "" : "s", busy_threads, busy_threads);
}

void keep_freed_memory() {
  if (std::getenv("MALLOC_MMAP_THRESHOLD_") == nullptr) mallopt(M_MMAP_THRESHOLD, 1 << 30);
  if (std::getenv("MALLOC_TRIM_THRESHOLD_") == nullptr) mallopt(M_TRIM_THRESHOLD, -1);
}

void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // never beyond rlim_max, so it cannot be refused
}

}  // namespace lockstep
