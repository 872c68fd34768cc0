#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace lockstep {

/// What run_ordered is made of: the items' slots, and the threads that fill them.
template <typename Item, typename Next, typename Work>
class OrderedPipeline {
 public:
  OrderedPipeline(int workers, Next& next, Work& work)
      : next_(next), work_(work), slots_(2 * static_cast<std::size_t>(workers)) {}
  // Before the threads are joined, also where not all of them could be started.
  ~OrderedPipeline() { stopping_.request_stop(); }
  OrderedPipeline(const OrderedPipeline&) = delete;
  OrderedPipeline& operator=(const OrderedPipeline&) = delete;

  template <typename Consume>
  void run(int workers, Consume& consume) {
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { run_worker(); });
    while (true) {
      Slot& slot = slots_[consumed_ % slots_.size()];
      {
        std::unique_lock lock(state_);
        changed_.wait(lock, [&] { return slot.ready; });
      }
      if (slot.error) std::rethrow_exception(slot.error);
      if (slot.end) return;
      consume(slot.item);
      const std::scoped_lock lock(state_);
      slot.ready = false;
      ++consumed_;
      changed_.notify_all();
    }
  }

 private:
  /// Written by one worker until it is ready, then read by the calling thread.
  struct Slot {
    Item item;
    std::exception_ptr error;
    bool ready = false;
    bool end = false;
  };

  /// The slot with the next item, or with the end or an error instead; nullptr after these, and
  /// where the workers are to stop.
  Slot* take(const std::stop_token& stop) {
    const std::scoped_lock ticket(taking_);
    Slot* slot = nullptr;
    {
      std::unique_lock lock(state_);
      const bool room =
          changed_.wait(lock, stop, [&] { return ended_ || taken_ - consumed_ < slots_.size(); });
      if (!room || ended_) return nullptr;
      slot = &slots_[taken_++ % slots_.size()];
    }
    slot->end = true;
    try {
      slot->end = !next_(slot->item);
    } catch (...) {
      slot->error = std::current_exception();
    }
    if (slot->end) {
      const std::scoped_lock lock(state_);
      ended_ = true;
    }
    return slot;
  }

  void run_worker() {
    const std::stop_token stop = stopping_.get_token();
    while (Slot* slot = take(stop)) {
      if (!slot->end) {
        try {
          work_(slot->item);
        } catch (...) {
          slot->error = std::current_exception();
        }
      }
      const std::scoped_lock lock(state_);
      slot->ready = true;
      changed_.notify_all();
    }
  }

  Next& next_;
  Work& work_;
  std::vector<Slot> slots_;
  std::mutex taking_;  // held while an item is taken: the order of tickets is that of next()
  std::mutex state_;   // guards the slots' `ready` and the next four
  std::condition_variable_any changed_;
  std::uint64_t taken_ = 0;
  std::uint64_t consumed_ = 0;
  bool ended_ = false;
  std::stop_source stopping_;  // one for all: a worker that waits for room keeps others from taking
  std::vector<std::jthread> threads_;  // last, so that they are joined first
};

/// Work on a sequence of items with several threads, in an order that does not depend on them.
///
/// `next(item)` fills an item, or returns false at the end: one call at a time, in order.
/// `work(item)` runs on many items at once. `consume(item)` runs on the calling thread, in order.
/// At most two items a worker exist at once, and their memory is reused. The first exception in
/// item order is thrown, whichever thread met one first.
template <typename Item, typename Next, typename Work, typename Consume>
void run_ordered(int workers, Next next, Work work, Consume consume) {
  OrderedPipeline<Item, Next, Work>(workers, next, work).run(workers, consume);
}

}  // namespace lockstep
