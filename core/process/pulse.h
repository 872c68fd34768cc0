#pragma once

#include <cstdint>

namespace lockstep {

/// Signs of life of this process's main thread, for a watchdog.
struct Pulse {
  std::uint64_t beats = 0;        ///< grows whenever something was done
  std::uint64_t collectives = 0;  ///< entered so far
  bool waits = false;             ///< it is in a collective: another rank may be the cause
  bool operator==(const Pulse&) const = default;
};

/// Something was done. Cheap; any thread's counts, so it is for work that the main thread waits
/// for.
void beat();

/// In a collective while it lives. For the main thread.
class WaitsForRanks {
 public:
  WaitsForRanks();
  ~WaitsForRanks();
  WaitsForRanks(const WaitsForRanks&) = delete;
  WaitsForRanks& operator=(const WaitsForRanks&) = delete;
};

/// From any thread.
Pulse current_pulse();

}  // namespace lockstep
