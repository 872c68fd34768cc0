#pragma once

#include <cstdint>

namespace lockstep {

/// A barrier among the processes of one node, in memory that they share. All bytes zero is its
/// initial state.
///
/// An arriving process spins for some microseconds, about what a wake-up costs, then sleeps in the
/// kernel: with a core per process it is passed without a system call, and with more processes
/// than cores no waiting process holds the core that the last one needs. (std::atomic::wait
/// does neither between processes: libstdc++ waits on an address of its own process.) A process
/// that dies in the middle leaves the others asleep; MPI ends them.
///
/// What a process wrote before the barrier is seen by every process after it.
class SharedBarrier {
 public:
  /// Collective among `processes` processes, always that many.
  void arrive_and_wait(std::uint32_t processes);

 private:
  void wait_while(std::uint32_t generation);

  alignas(64) std::uint32_t arrived_ = 0;
  alignas(64) std::uint32_t generation_ = 0;  // the word that sleepers wait on
  alignas(64) std::uint32_t sleepers_ = 0;
};

}  // namespace lockstep
