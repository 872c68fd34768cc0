#pragma once

#include <cstdint>
#include <string>

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
  /// `operation` is a literal; `bytes` are those that all ranks must agree on, 0: none.
  explicit WaitsForRanks(const char* operation, std::uint64_t bytes = 0);
  ~WaitsForRanks();
  WaitsForRanks(const WaitsForRanks&) = delete;
  WaitsForRanks& operator=(const WaitsForRanks&) = delete;
};

/// From any thread.
Pulse current_pulse();
/// The collective that was entered last, as "a broadcast of 8 bytes"; empty before the first.
std::string last_collective();

}  // namespace lockstep
