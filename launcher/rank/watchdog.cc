#include "launcher/rank/watchdog.h"

#include <algorithm>
#include <utility>

#include "core/error.h"

namespace lockstep {
namespace {

using Clock = StallJudge::Clock;

constexpr std::chrono::milliseconds kShortest{500};
/// Of many ranks each writes less often, so that all together do some hundred writes a second.
constexpr std::chrono::milliseconds kForEachRank{2};
/// Those that look at all others: enough that one of them lives.
constexpr int kWatchers = 64;
constexpr std::chrono::seconds kOthersWait{3};
/// So long a rank that was seen is silent where its host or its process is gone.
constexpr std::chrono::seconds kLost{3};

}  // namespace

Watchdog::Watchdog(WatchdogOptions options)
    : options_(std::move(options)),
      board_(options_.run, options_.rank, options_.ranks),
      period_(std::max(kShortest, kForEachRank * options_.ranks)),
      judge_(options_.ranks,
             {.timeout = std::chrono::duration_cast<Clock::duration>(options_.timeout),
              .period = period_},
             Clock::now()),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

Watchdog::~Watchdog() { thread_.request_stop(); }

void Watchdog::work(const std::stop_token& stop) {
  std::uint64_t tick = 0;
  for (std::unique_lock lock(mutex_); !stop.stop_requested();) {
    look(++tick, /*done=*/false);
    wake_.wait_for(lock, stop, period_, [] { return false; });
  }
  look(++tick, /*done=*/true);
}

void Watchdog::tell_of_lost() {
  const std::optional<Stall> lost = judge_.find_silent(kLost + period_);
  if (!lost || told_of_lost_ || options_.rank != judge_.first_that_runs(kLost + period_)) return;
  told_of_lost_ = true;
  options_.on_lost(*lost);
}

void Watchdog::look(std::uint64_t tick, bool done) {
  try {
    Heartbeat mine = options_.heartbeat();
    mine.tick = tick;
    mine.done = done;
    board_.write(mine);
    if (done || options_.rank >= kWatchers) return;
    const std::optional<Stall> stall = judge_.judge(board_.read(), Clock::now());
    if (!stall) {
      noticed_.reset();
      if (options_.stopping()) tell_of_lost();
      return;
    }
    if (!noticed_) noticed_ = Clock::now();
    if (options_.rank == judge_.first_that_runs(judge_.timeout()) ||
        Clock::now() - *noticed_ > kOthersWait) {
      options_.on_stall(*stall);
    }
  } catch (const Error&) {
    // The disk is full or gone. Training goes on without heartbeats.
  }
}

}  // namespace lockstep
