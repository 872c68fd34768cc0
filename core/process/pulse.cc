#include "core/process/pulse.h"

#include <atomic>

#include <fmt/format.h>

namespace lockstep {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;  // nobody reads anything else by them

std::atomic<std::uint64_t> beats = 0;
std::atomic<std::uint64_t> collectives = 0;
std::atomic<int> depth = 0;  // a collective may be made of others
std::atomic<const char*> operation = nullptr;
std::atomic<std::uint64_t> operation_bytes = 0;

}  // namespace

void beat() { beats.fetch_add(1, kRelaxed); }

WaitsForRanks::WaitsForRanks(const char* name, std::uint64_t bytes) {
  beat();
  if (depth.fetch_add(1, kRelaxed) > 0) return;
  collectives.fetch_add(1, kRelaxed);
  operation.store(name, kRelaxed);
  operation_bytes.store(bytes, kRelaxed);
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

std::string last_collective() {
  const char* const name = operation.load(kRelaxed);
  const std::uint64_t bytes = operation_bytes.load(kRelaxed);
  if (name == nullptr) return {};
  return bytes > 0 ? fmt::format("{} of {} bytes", name, bytes) : name;
}

}  // namespace lockstep
