#include "comm/reduction/shared_barrier.h"

#include <atomic>
#include <chrono>
#include <climits>
#include <unistd.h>

#include <linux/futex.h>
#include <sys/syscall.h>

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;
using Word = std::atomic_ref<std::uint32_t>;
static_assert(Word::is_always_lock_free, "the barrier's words are shared between processes");

constexpr auto kSpin = std::chrono::microseconds(50);

/// Without FUTEX_PRIVATE_FLAG: the waiters are other processes.
void futex(std::uint32_t* word, int operation, std::uint32_t value) {
  syscall(SYS_futex, word, operation, value, nullptr, nullptr, 0);
}

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

void SharedBarrier::arrive_and_wait(std::uint32_t processes) {
  const std::uint32_t generation = Word(generation_).load();
  if (Word(arrived_).fetch_add(1) + 1 < processes) {
    wait_while(generation);
    return;
  }
  Word(arrived_).store(0);
  Word(generation_).store(generation + 1);
  // A sleeper counts itself first and then lets the kernel compare the generation, this side the
  // other way round (all sequentially consistent), so no sleeper is missed.
  if (Word(sleepers_).load() > 0) futex(&generation_, FUTEX_WAKE, INT_MAX);
}

void SharedBarrier::wait_while(std::uint32_t generation) {
  const auto deadline = Clock::now() + kSpin;
  do {
    for (int i = 0; i < 64; ++i) {
      if (Word(generation_).load() != generation) return;
      relax();
    }
  } while (Clock::now() < deadline);
  Word(sleepers_).fetch_add(1);
  // Returns at once where the generation has moved on; also on signals, hence the loop.
  while (Word(generation_).load() == generation) futex(&generation_, FUTEX_WAIT, generation);
  Word(sleepers_).fetch_sub(1);
}

}  // namespace lockstep
