#include "launcher/rank/preflight.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <fmt/ranges.h>

#include "comm/communicator/gather_texts.h"
#include "comm/device/cuda_device.h"
#include "core/checked.h"
#include "core/process/host_name.h"

namespace lockstep {
namespace {

constexpr const char* kVariable = "LOCKSTEP_EXPECT";

struct Host {
  int ranks = 0;
  std::set<std::string> gpus;  ///< that some rank sees
};

/// "node1 (4), node2 (3)": of each host, what `count` says.
template <typename Count>
std::string list_of(const std::map<std::string, Host>& hosts, Count count) {
  std::vector<std::string> texts;
  for (const auto& [name, host] : hosts) texts.push_back(fmt::format("{} ({})", name, count(host)));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::vector<std::string> visible_gpus() {
  std::vector<std::string> addresses;
  for (int i = 0; i < cuda_device_count(); ++i) {
    addresses.push_back(describe_cuda_device(i).pci_address);
  }
  return addresses;
}

/// "host gpu gpu".
std::string to_text(const RankPlace& place) {
  return fmt::format("{} {}", place.host, fmt::join(place.gpus, " "));
}

RankPlace parse_place(const std::string& text) {
  std::istringstream words(text);
  RankPlace place;
  words >> place.host;
  for (std::string gpu; words >> gpu;) place.gpus.push_back(gpu);
  return place;
}

}  // namespace

ExpectedRanks parse_expected_ranks(std::string_view text) {
  ExpectedRanks expected;
  const std::map<std::string, int ExpectedRanks::*> known = {
      {"nodes", &ExpectedRanks::nodes},
      {"tasks", &ExpectedRanks::tasks},
      {"tasks_per_node", &ExpectedRanks::tasks_per_node},
      {"gpus_per_node", &ExpectedRanks::gpus_per_node}};
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    const std::size_t equals = std::min(word.find('='), word.size() - 1);
    const auto member = known.find(word.substr(0, equals));
    const std::optional<int> number = parse_number<int>(word.substr(equals + 1));
    check(
        member != known.end() && number && *number >= 0, ExitCode::usage,
        "{} is '{}', whose '{}' is not one of nodes, tasks, tasks_per_node and gpus_per_node with "
        "a number: the batch script sets it",
        kVariable, text, word);
    expected.*member->second = *number;
  }
  return expected;
}

void check_places(const ExpectedRanks& expected, std::span<const RankPlace> ranks) {
  std::map<std::string, Host> hosts;
  for (const RankPlace& rank : ranks) {
    Host& host = hosts[rank.host];
    ++host.ranks;
    host.gpus.insert(rank.gpus.begin(), rank.gpus.end());
  }
  const std::string where = list_of(hosts, [](const Host& host) { return host.ranks; });
  const std::string by_hosts = "; the ranks of each host: " + where;
  check(
      expected.tasks == 0 || expected.tasks == std::ssize(ranks), ExitCode::usage,
      "the batch script expects {} ranks, and {} have started{}. Did its options and those of srun "
      "or mpirun ask for different numbers (--nodes, --ntasks-per-node)?",
      expected.tasks, ranks.size(), by_hosts);
  check(expected.nodes == 0 || expected.nodes == std::ssize(hosts), ExitCode::usage,
        "the batch script expects ranks on {} nodes, and they are on {}{}. Distribute them with "
        "--ntasks-per-node (slurm.ntasks_per_node)",
        expected.nodes, hosts.size(), by_hosts);
  for (const auto& [name, host] : hosts) {
    check(expected.tasks_per_node == 0 || expected.tasks_per_node == host.ranks, ExitCode::usage,
          "the batch script expects {} ranks on each node, and {} has {}{}. Set --ntasks-per-node "
          "(slurm.ntasks_per_node), and leave the distribution to it",
          expected.tasks_per_node, name, host.ranks, by_hosts);
    check(expected.gpus_per_node <= std::ssize(host.gpus), ExitCode::usage,
          "the batch script asks for {} GPUs on each node, and the ranks on {} see {}; the GPUs of "
          "each host: {}. Ask for GPUs by --gpus-per-node (slurm.gpus_per_node) alone, look at "
          "`nvidia-smi` and CUDA_VISIBLE_DEVICES there, or leave the node out with --exclude "
          "(slurm.exclude)",
          expected.gpus_per_node, name, host.gpus.size(),
          list_of(hosts, [](const Host& one) { return one.gpus.size(); }));
  }
}

void preflight(const Environment& environment, Communicator& communicator) {
  const auto text = environment.find(kVariable);
  if (text == environment.end()) return;
  const ExpectedRanks expected = parse_expected_ranks(text->second);
  RankPlace mine{.host = host_name(), .gpus = {}};
  if (expected.gpus_per_node > 0) mine.gpus = visible_gpus();
  std::vector<RankPlace> places;
  for (const std::string& place : gather_texts(communicator, to_text(mine))) {
    places.push_back(parse_place(place));
  }
  check_places(expected, places);
}

}  // namespace lockstep
