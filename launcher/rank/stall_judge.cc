#include "launcher/rank/stall_judge.h"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

namespace lockstep {
namespace {

constexpr std::chrono::seconds kLongPause{5};  // beyond a period

double seconds(StallJudge::Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

StallJudge::StallJudge(int ranks, const Times& times, Clock::time_point now)
    : times_(times), asked_(now), seen_(static_cast<std::size_t>(ranks)) {
  for (Seen& seen : seen_) seen.ticked = seen.progressed = now;
}

void StallJudge::take(const std::vector<std::optional<Heartbeat>>& heartbeats,
                      Clock::time_point now) {
  const bool anew = now - asked_ > times_.period + kLongPause;
  asked_ = now;
  for (std::size_t rank = 0; rank < seen_.size(); ++rank) {
    Seen& seen = seen_[rank];
    if (anew) seen.ticked = seen.progressed = now;
    const std::optional<Heartbeat>& heartbeat = heartbeats[rank];
    if (!heartbeat) continue;
    if (!seen.last || heartbeat->tick != seen.last->tick) seen.ticked = now;
    if (!seen.last || heartbeat->pulse != seen.last->pulse) seen.progressed = now;
    seen.last = heartbeat;
  }
}

Stall StallJudge::stall(std::size_t rank, Clock::duration since) const {
  const std::optional<Heartbeat>& last = seen_[rank].last;
  Stall result{.rank = static_cast<int>(rank)};
  if (last) {
    result.host = last->host;
    result.step = last->step;
    result.phase = last->phase;
  }
  result.cause = fmt::format("for {:.0f} s", seconds(since));
  return result;
}

std::optional<Stall> StallJudge::find_silent(Clock::duration time) const {
  for (std::size_t rank = 0; rank < seen_.size(); ++rank) {
    const Seen& seen = seen_[rank];
    if ((seen.last && seen.last->done) || asked_ - seen.ticked < time) continue;
    Stall result = stall(rank, asked_ - seen.ticked);
    result.is_silent = true;
    result.cause =
        fmt::format("its process{} has not run {}: it was stopped, or its host or network is gone",
                    seen.last ? fmt::format(" ({})", seen.last->pid) : "", result.cause);
    return result;
  }
  return std::nullopt;
}

int StallJudge::first_that_runs(Clock::duration time) const {
  const auto runs = [&](const Seen& seen) { return asked_ - seen.ticked < time; };
  return static_cast<int>(std::ranges::find_if(seen_, runs) - seen_.begin());
}

std::optional<Stall> StallJudge::find_stuck(Clock::time_point now) const {
  for (std::size_t rank = 0; rank < seen_.size(); ++rank) {
    const Seen& seen = seen_[rank];
    if (!seen.last || seen.last->done || seen.last->pulse.waits ||
        now - seen.progressed < times_.timeout) {
      continue;
    }
    Stall result = stall(rank, now - seen.progressed);
    result.cause = fmt::format(
        "it has done nothing {}, after collective {}; the disk, the device or the data keep it",
        result.cause, seen.last->pulse.collectives);
    return result;
  }
  return std::nullopt;
}

/// A rank that is in another operation than most, or than the first of two.
std::optional<std::size_t> StallJudge::find_other_operation() const {
  std::map<std::string_view, int> counts;
  for (const Seen& seen : seen_) ++counts[seen.last->collective];
  if (counts.size() < 2) return std::nullopt;
  const auto count = [&](std::size_t rank) { return counts.at(seen_[rank].last->collective); };
  std::size_t least = 0;
  for (std::size_t rank = 1; rank < seen_.size(); ++rank) {
    if (count(rank) <= count(least)) least = rank;  // of two, not the first
  }
  return least;
}

/// All wait for each other: the one that has come least far is the one that the others wait for.
std::optional<Stall> StallJudge::find_waiting(Clock::time_point now) const {
  const auto waits = [&](const Seen& seen) {
    return seen.last &&
           (seen.last->done || (seen.last->pulse.waits && now - seen.progressed >= times_.timeout));
  };
  if (!std::ranges::all_of(seen_, waits)) return std::nullopt;
  const auto collective = [](const Seen& seen) {
    return seen.last->done ? ~std::uint64_t{0} : seen.last->pulse.collectives;
  };
  const auto first = std::ranges::min_element(seen_, {}, collective);
  if (first->last->done) return std::nullopt;
  const auto last = std::ranges::max_element(seen_, {}, collective);
  Stall result = stall(static_cast<std::size_t>(first - seen_.begin()), now - first->progressed);
  const std::uint64_t least = collective(*first), most = collective(*last);
  if (const auto other = find_other_operation(); least == most && other) {
    result = stall(*other, now - seen_[*other].progressed);
    const std::size_t peer = *other == 0 ? 1 : 0;
    result.cause = fmt::format(
        "it waits {} in collective {}, which is {} here, and {} on rank {}: the ranks do not do "
        "the same",
        result.cause, least, seen_[*other].last->collective, seen_[peer].last->collective, peer);
  } else if (least == most) {
    result.cause = fmt::format(
        "all ranks wait for each other {}, in collective {}: the network between them is stuck",
        result.cause, least);
  } else {
    result.cause =
        fmt::format("it waits {} in collective {}, and others in {}: the ranks do not do the same",
                    result.cause, least,
                    most == ~std::uint64_t{0} ? "none, since they have ended"
                                              : fmt::format("collective {}", most));
  }
  return result;
}

std::optional<Stall> StallJudge::judge(const std::vector<std::optional<Heartbeat>>& heartbeats,
                                       Clock::time_point now) {
  take(heartbeats, now);
  if (std::optional<Stall> silent = find_silent(times_.timeout)) return silent;
  if (std::optional<Stall> stuck = find_stuck(now)) return stuck;
  return find_waiting(now);
}

}  // namespace lockstep
