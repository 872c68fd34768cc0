#pragma once

#include <array>
#include <span>

namespace lockstep {

/// Which GPU a rank uses, and on which machine; plain bytes, so that ranks can gather it.
struct DeviceIdentity {
  std::array<unsigned char, 16> uuid{};
  std::array<char, 64> host{};  ///< zero-terminated
};

/// For two ranks on one GPU NCCL says only "invalid usage". Throws Error(usage) that names both
/// ranks, the host and the remedies, where two of these (one per rank, in rank order) are the same
/// GPU. UUIDs are compared, not numbers: under Slurm every rank may see its GPU as number 0.
void check_one_rank_per_device(std::span<const DeviceIdentity> of_ranks);

}  // namespace lockstep
