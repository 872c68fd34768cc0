#include "comm/communicator/odd_ranks.h"

#include <algorithm>
#include <cstddef>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "comm/communicator/gather_texts.h"
#include "core/process/host_name.h"

namespace lockstep {

OddRanks find_odd_ranks(std::span<const std::string> digests) {
  std::map<std::string_view, std::size_t> counts;
  for (const std::string& digest : digests) ++counts[digest];
  if (counts.size() <= 1) return {};
  const auto most = std::ranges::max_element(counts, {}, [](const auto& of) { return of.second; });
  OddRanks odd{.ranks = {}, .against_majority = 2 * most->second > digests.size()};
  for (std::size_t rank = 0; rank < digests.size(); ++rank) {
    if (odd.against_majority && digests[rank] == most->first) continue;
    odd.ranks.push_back(static_cast<int>(rank));
  }
  return odd;
}

std::string tell_odd_ranks(Communicator& communicator, std::string_view digest) {
  constexpr std::size_t kNamed = 16;
  const OddRanks odd = find_odd_ranks(gather_texts(communicator, digest));
  if (odd.ranks.empty()) return {};
  const std::vector<std::string> hosts = gather_texts(communicator, host_name());
  std::vector<std::string> names;
  for (const int rank : odd.ranks) {
    if (names.size() == kNamed) break;
    names.push_back(fmt::format("rank {} on {}", rank, hosts[static_cast<std::size_t>(rank)]));
  }
  const std::size_t more = odd.ranks.size() - names.size();
  const std::string named = fmt::format("{}{}", fmt::join(names, " and "),
                                        more > 0 ? fmt::format(" and {} more", more) : "");
  if (!odd.against_majority) {
    return named + " hold different bits, and no majority says who is right";
  }
  return fmt::format("{} hold{} other bits than the other {} ranks", named,
                     odd.ranks.size() == 1 ? "s" : "", hosts.size() - odd.ranks.size());
}

}  // namespace lockstep
