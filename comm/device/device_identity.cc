#include "comm/device/device_identity.h"

#include <map>

#include "core/error.h"

namespace lockstep {
namespace {

/// As nvidia-smi -L prints it.
std::string name_of(const std::array<unsigned char, 16>& uuid) {
  std::string name = "GPU-";
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) name += '-';
    name += fmt::format("{:02x}", uuid[i]);
  }
  return name;
}

}  // namespace

void check_one_rank_per_device(std::span<const DeviceIdentity> of_ranks) {
  std::map<std::array<unsigned char, 16>, std::size_t> first_of;  // device: its lowest rank
  for (std::size_t rank = 0; rank < of_ranks.size(); ++rank) {
    first_of.try_emplace(of_ranks[rank].uuid, rank);
  }
  for (std::size_t rank = 0; rank < of_ranks.size(); ++rank) {
    const std::size_t first = first_of.at(of_ranks[rank].uuid);
    check(first == rank, ExitCode::usage,
          "ranks {} and {} on host '{}' would share one GPU ({}); the job's {} ranks use only {} "
          "GPUs, "
          "and NCCL needs one for each rank: start {} ranks with several lanes each, give every "
          "task its own (srun --gpus-per-task=1), or set train.device=cpu",
          first, rank, of_ranks[rank].host.data(), name_of(of_ranks[rank].uuid), of_ranks.size(),
          first_of.size(), first_of.size());
  }
}

}  // namespace lockstep
