#pragma once

#include <span>
#include <string>
#include <string_view>

#include "comm/communicator/communicator.h"
#include "launcher/job/host.h"

namespace lockstep {

/// "0-3,8", as the kernel writes such lists; empty where it is none.
CpuSet parse_cpu_list(std::string_view text);
std::string to_text(const CpuSet& cpus);

/// Where a rank may run, and what is close to its GPU.
struct RankCpus {
  int node = 0;
  CpuSet allowed;
  CpuSet near;  ///< empty: it has no GPU, or nobody knows
};

/// The processors that rank `self` should use: those near its GPU, if the ranks of its node then
/// leave none unused that they may use; else all that it may.
CpuSet cpus_to_use(std::span<const RankCpus> ranks, int self);

/// Of how many ranks the processors of rank `self` are: those of its node that use the same.
int ranks_sharing(std::span<const RankCpus> ranks, int self);

/// Collective: binds this process to its cpus_to_use(), and returns how many cores are its share of
/// them, at least 1. `pci_address` is that of its GPU ("0000:3B:00.0"), empty without one. Call
/// before other threads start.
int settle_on_cores(Communicator& communicator, const std::string& pci_address);

/// What `data.workers: auto` means for a rank with this many cores, whose own thread, or
/// `train.threads` of them on a CPU, take the others.
int automatic_workers(int cores, int threads);

}  // namespace lockstep
