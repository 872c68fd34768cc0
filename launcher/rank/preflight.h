#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator/communicator.h"
#include "launcher/job/launch_mode.h"

namespace lockstep {

/// What a batch script says that its ranks have to find, in the variable LOCKSTEP_EXPECT:
/// "nodes=2 tasks=8 tasks_per_node=4 gpus_per_node=4". 0: it says nothing of it.
struct ExpectedRanks {
  int nodes = 0;
  int tasks = 0;
  int tasks_per_node = 0;
  int gpus_per_node = 0;
};

/// Throws Error(usage) where `text` is none.
ExpectedRanks parse_expected_ranks(std::string_view text);

/// Where a rank is, and which GPUs it sees, by their addresses.
struct RankPlace {
  std::string host;
  std::vector<std::string> gpus;
};

/// Pure. Throws Error(usage) that names the hosts where it is otherwise, and what to change.
void check_places(const ExpectedRanks& expected, std::span<const RankPlace> ranks);

/// Collective: what the batch script said against what the ranks see. Nothing where it said
/// nothing. Throws as check_places does, on every rank.
void preflight(const Environment& environment, Communicator& communicator);

}  // namespace lockstep
