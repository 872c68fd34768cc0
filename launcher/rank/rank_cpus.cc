#include "launcher/rank/rank_cpus.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sched.h>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "comm/communicator/gather_texts.h"
#include "core/ascii.h"
#include "launcher/job/host.h"

namespace lockstep {
namespace {

/// More threads would decode more than a GPU trains on, and each holds a batch.
constexpr int kMostAutomaticWorkers = 16;

std::optional<int> cpu_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number >= 0 && number < CPU_SETSIZE ? std::optional(number) : std::nullopt;
}

/// What the kernel says of the processors on the GPU's side of the machine.
CpuSet cpus_near(const std::string& pci_address) {
  if (pci_address.empty()) return {};
  std::ifstream file("/sys/bus/pci/devices/" + ascii_lower(pci_address) + "/local_cpulist");
  std::string line;
  std::getline(file, line);
  return parse_cpu_list(line);
}

void bind_to(const CpuSet& cpus) {
  cpu_set_t affinity;
  CPU_ZERO(&affinity);
  for (const int cpu : cpus) CPU_SET(cpu, &affinity);
  sched_setaffinity(0, sizeof affinity, &affinity);  // where it is not allowed, all stays as it was
}

/// Collective. Of this node's ranks; those of other nodes stay empty.
std::vector<RankCpus> gather_cpus(Communicator& communicator, const RankCpus& mine) {
  std::vector<RankCpus> ranks;
  for (const std::string& text :
       gather_texts(communicator, to_text(mine.allowed) + ";" + to_text(mine.near))) {
    RankCpus& rank = ranks.emplace_back();
    rank.node = communicator.topology().node_of[ranks.size() - 1];
    if (rank.node != mine.node) continue;
    const std::size_t split = text.find(';');
    rank.allowed = parse_cpu_list(text.substr(0, split));
    rank.near = parse_cpu_list(text.substr(split + 1));
  }
  return ranks;
}

CpuSet common(const CpuSet& a, const CpuSet& b) {
  CpuSet both;
  std::ranges::set_intersection(a, b, std::inserter(both, both.end()));
  return both;
}

}  // namespace

CpuSet parse_cpu_list(std::string_view text) {
  CpuSet cpus;
  std::istringstream parts{std::string(text)};
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t dash = part.find('-');
    const std::optional<int> first = cpu_number(part.substr(0, dash));
    const auto last = dash == std::string::npos ? first : cpu_number(part.substr(dash + 1));
    if (!first || !last) return {};
    for (int cpu = *first; cpu <= *last; ++cpu) cpus.insert(cpu);
  }
  return cpus;
}

std::string to_text(const CpuSet& cpus) {
  std::string text;
  for (auto cpu = cpus.begin(); cpu != cpus.end();) {
    const int first = *cpu;
    int last = first;
    while (++cpu != cpus.end() && *cpu == last + 1) last = *cpu;
    text += fmt::format("{}{}{}", text.empty() ? "" : ",", first,
                        last > first ? fmt::format("-{}", last) : "");
  }
  return text;
}

CpuSet cpus_to_use(std::span<const RankCpus> ranks, int self) {
  const RankCpus& mine = ranks[static_cast<std::size_t>(self)];
  CpuSet used;
  for (const RankCpus& rank : ranks) {
    if (rank.node == mine.node) used.merge(common(rank.allowed, rank.near));
  }
  const bool none_unused = std::ranges::includes(used, mine.allowed);
  const CpuSet near = common(mine.allowed, mine.near);
  return none_unused && !near.empty() ? near : mine.allowed;
}

double cpu_share(std::span<const RankCpus> ranks, int self) {
  const int node = ranks[static_cast<std::size_t>(self)].node;
  std::map<int, int> users;  // of each processor
  for (int rank = 0; rank < std::ssize(ranks); ++rank) {
    if (ranks[static_cast<std::size_t>(rank)].node != node) continue;
    for (const int cpu : cpus_to_use(ranks, rank)) ++users[cpu];
  }
  double share = 0;
  for (const int cpu : cpus_to_use(ranks, self)) share += 1.0 / users[cpu];
  return share;
}

int settle_on_cores(Communicator& communicator, const std::string& pci_address) {
  const Topology& topology = communicator.topology();
  const RankCpus mine{
      .node = topology.node, .allowed = allowed_cpus(), .near = cpus_near(pci_address)};
  const std::vector<RankCpus> ranks = gather_cpus(communicator, mine);
  const CpuSet use = cpus_to_use(ranks, topology.rank);
  if (use != mine.allowed) bind_to(use);
  // Two processors may be one core.
  const double cores_per_cpu = static_cast<double>(physical_cores(use)) /
                               static_cast<double>(std::max<std::size_t>(use.size(), 1));
  double share = cpu_share(ranks, topology.rank) * cores_per_cpu;
  if (const std::optional<int> quota = cpu_quota()) {
    share = std::min(share, static_cast<double>(*quota) / topology.local_size);
  }
  return std::max(1, static_cast<int>(share));
}

int automatic_workers(int cores, int threads) {
  return std::clamp(cores - threads, 1, kMostAutomaticWorkers);
}

}  // namespace lockstep
