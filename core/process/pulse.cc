#include "core/process/pulse.h"

#include <atomic>

namespace lockstep {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;  // nobody reads anything else by them

std::atomic<std::uint64_t> beats = 0;
std::atomic<std::uint64_t> collectives = 0;
std::atomic<int> depth = 0;  // a collective may be made of others

}  // namespace

void beat() { beats.fetch_add(1, kRelaxed); }

WaitsForRanks::WaitsForRanks() {
  beat();
  if (depth.fetch_add(1, kRelaxed) == 0) collectives.fetch_add(1, kRelaxed);
}

WaitsForRanks::~WaitsForRanks() {
  depth.fetch_sub(1, kRelaxed);
  beat();
}

Pulse current_pulse() {
  return {.beats = beats.load(kRelaxed),
          .collectives = collectives.load(kRelaxed),
          .waits = depth.load(kRelaxed) > 0};
}

}  // namespace lockstep
