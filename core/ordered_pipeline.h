#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace lockstep {

/// Work on a sequence of items with several threads, in an order that does not depend on them.
///
/// `next(item)` fills an item, or returns false at the end: one call at a time, in order.
/// `work(item)` runs on many items at once. `consume(item)` runs on the calling thread, in order.
/// At most two items a worker exist at once, and their memory is reused. The first exception in
/// item order is thrown, whichever thread met one first.
template <typename Item, typename Next, typename Work, typename Consume>
void run_ordered(int workers, Next next, Work work, Consume consume) {
  struct Slot {
    Item item;
    std::exception_ptr error;
    bool ready = false;
    bool end = false;
  };
  std::vector<Slot> slots(2 * static_cast<std::size_t>(workers));

  std::mutex taking;  // held while an item is taken: the order of tickets is that of next()
  std::mutex state;   // guards the rest
  std::condition_variable_any changed;
  std::uint64_t taken = 0;
  std::uint64_t consumed = 0;
  bool ended = false;

  // One for all: a worker that waits for room keeps the others from taking.
  std::stop_source stopping;
  const auto run_worker = [&, stop = stopping.get_token()] {
    while (true) {
      Slot* slot = nullptr;
      bool more = false;
      std::exception_ptr error;
      {
        const std::scoped_lock ticket(taking);
        {
          std::unique_lock lock(state);
          const bool room =
              changed.wait(lock, stop, [&] { return ended || taken - consumed < slots.size(); });
          if (!room || ended) return;
          slot = &slots[taken++ % slots.size()];
        }
        try {
          more = next(slot->item);
        } catch (...) {
          error = std::current_exception();
        }
        if (!more) {
          const std::scoped_lock lock(state);
          ended = true;
        }
      }
      if (more) {
        try {
          work(slot->item);
        } catch (...) {
          error = std::current_exception();
        }
      }
      const std::scoped_lock lock(state);
      slot->error = error;
      slot->end = !more;
      slot->ready = true;
      changed.notify_all();
    }
  };

  std::vector<std::jthread> threads;
  struct StopAtExit {  // before the threads are joined, also where not all of them could be started
    std::stop_source& stopping;
    ~StopAtExit() { stopping.request_stop(); }
  } const stop_at_exit{stopping};
  for (int i = 0; i < workers; ++i) threads.emplace_back(run_worker);
  while (true) {
    Slot& slot = slots[consumed % slots.size()];
    {
      std::unique_lock lock(state);
      changed.wait(lock, [&] { return slot.ready; });
    }
    if (slot.error) std::rethrow_exception(slot.error);
    if (slot.end) return;
    consume(slot.item);
    const std::scoped_lock lock(state);
    slot.ready = false;
    ++consumed;
    changed.notify_all();
  }
}

}  // namespace lockstep
