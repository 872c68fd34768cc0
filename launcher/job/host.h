#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace lockstep {

/// Numbers of processors, as the kernel counts them.
using CpuSet = std::set<int>;

/// Those that this thread may run on.
CpuSet allowed_cpus();

/// The cores that these are, at least 1: hyperthreads share one.
int physical_cores(const CpuSet& cpus);

/// The processors' time that this process's control group (version 2) allows it, in processors; in
/// a container its own is mounted as the root. std::nullopt where there is no limit.
std::optional<int> cpu_quota();

/// Bytes that this machine could still give, as the kernel says.
std::uint64_t available_memory();

/// What this machine gives this process to compute with.
struct HostResources {
  int cores = 1;       ///< physical cores it may use: its affinity, capped by a container's quota
  int numa_nodes = 1;  ///< of the whole machine
  /// Its affinity leaves out some of the machine's processors, so placement is somebody else's.
  bool restricted = false;
};
HostResources host_resources();

/// What to tell a rank that a launcher bound to fewer cores than it has busy threads; empty where
/// it has room, or where the machine has no more.
std::string binding_warning(const HostResources& host, int busy_threads);

/// Lets the allocator keep what is freed for the next step, where glibc would give large blocks
/// back to the kernel and fault every page of every step's tensors in again (docs/performance.md
/// says what that costs). A user's own MALLOC_… variables stand. Call before other threads start.
void keep_freed_memory();

/// Raises this process's limit of open files to what it may have: each shard of a pack stays open,
/// and the usual 1,024 are over at a pack of 1 TB.
void allow_many_files();

/// The processors that a cgroup's cpu.max ("max 100000" or "150000 100000") allows, rounded up;
/// std::nullopt where it sets no limit.
std::optional<int> quota_of(std::string_view cpu_max);

}  // namespace lockstep
