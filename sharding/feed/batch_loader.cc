#include "sharding/feed/batch_loader.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "core/error.h"
#include "core/stopwatch.h"
#include "sharding/feed/batch_builder.h"

namespace lockstep {

// Batch k of the plan lives in slot k mod size. Three counters of batches say who may touch a slot:
// workers fill [released, taken), at most one batch per slot; the caller reads the batch
// `released`, once it is ready, and then releases it.
class BatchLoader::Ring {
 public:
  Ring(const std::shared_ptr<const Dataset>& dataset, const BatchLoaderOptions& options,
       BatchPlan plan)
      : plan_(std::move(plan)), slots_(batches_held(options)) {
    for (int builder = 0; builder < std::max(1, options.workers); ++builder) {
      builders_.emplace_back(dataset, options);
    }
    for (int worker = 0; worker < options.workers; ++worker) {
      workers_.emplace_back([this, worker](const std::stop_token& stop) {
        work(builders_[static_cast<std::size_t>(worker)], stop);
      });
    }
  }

  ~Ring() {
    for (std::jthread& worker : workers_) worker.request_stop();  // all, before the first is joined
  }

  const ImageBatch* next() {
    release();
    Slot& slot = slot_of(released_);
    if (workers_.empty()) {
      if (!slot.ready) fill(slot, released_, builders_.front(), {});
      slot.ready = true;
    } else {
      std::unique_lock lock(mutex_);
      slot_ready_.wait(lock, [&] { return slot.ready; });
    }
    if (slot.error) std::rethrow_exception(slot.error);
    if (slot.end) return nullptr;
    in_use_ = true;
    return &slot.buffer.batch;
  }

 private:
  struct Slot {
    BatchBuffer buffer;
    bool ready = false;  // what follows, and the buffer, are the caller's
    bool end = false;    // the plan has no such batch
    std::exception_ptr error;
  };

  Slot& slot_of(std::uint64_t k) { return slots_[k % slots_.size()]; }

  /// Gives the batch in use back to the workers. Where the plan has ended or failed there is none,
  /// so that the next call finds the same slot again.
  void release() {
    if (!std::exchange(in_use_, false)) return;
    {
      const std::lock_guard lock(mutex_);
      slot_of(released_).ready = false;
      ++released_;
    }
    slot_free_.notify_one();
  }

  void work(BatchBuilder& builder, const std::stop_token& stop) {
    for (;;) {
      std::uint64_t k = 0;
      {
        std::unique_lock lock(mutex_);
        const auto may_take = [&] { return !ended_ && taken_ < released_ + slots_.size(); };
        if (!slot_free_.wait(lock, stop, may_take) || stop.stop_requested()) return;
        k = taken_++;
      }
      Slot& slot = slot_of(k);
      fill(slot, k, builder, stop);
      {
        const std::lock_guard lock(mutex_);
        slot.ready = true;
        ended_ = ended_ || slot.end || slot.error;
      }
      slot_ready_.notify_one();
    }
  }

  void fill(Slot& slot, std::uint64_t k, BatchBuilder& builder, const std::stop_token& stop) {
    try {
      const std::optional<BatchRequest> request = plan_(k);
      slot.end = !request;
      if (request) builder.build(*request, slot.buffer, stop);
    } catch (...) {
      slot.error = std::current_exception();
    }
  }

  const BatchPlan plan_;
  std::vector<BatchBuilder> builders_;  // one per worker; the caller's where there is none
  std::vector<Slot> slots_;
  bool in_use_ = false;  // the caller's

  // Guards what follows, and Slot::ready. Only the caller writes released_.
  std::mutex mutex_;
  std::condition_variable_any slot_free_;
  std::condition_variable slot_ready_;
  std::uint64_t taken_ = 0;
  std::uint64_t released_ = 0;
  bool ended_ = false;  // by the plan's end or a failure: nothing after it is begun

  std::vector<std::jthread> workers_;  // last: joined before anything that they use goes
};

BatchLoader::BatchLoader(std::shared_ptr<const Dataset> dataset, const BatchLoaderOptions& options,
                         BatchPlan plan) {
  check(options.workers >= 0, ExitCode::usage, "data.workers is {}, it must not be negative",
        options.workers);
  check(options.prefetch >= 1, ExitCode::usage, "data.prefetch is {}, it must be at least 1",
        options.prefetch);
  ring_ = std::make_unique<Ring>(dataset, options, std::move(plan));
}

BatchLoader::~BatchLoader() = default;

const ImageBatch* BatchLoader::next() {
  const Stopwatch stopwatch(seconds_waited_);
  return ring_->next();
}

}  // namespace lockstep
