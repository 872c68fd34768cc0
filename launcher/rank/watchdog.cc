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
      return;
    }
    const int first = stall->is_silent && stall->rank == 0 ? 1 : 0;
    if (!noticed_) noticed_ = Clock::now();
    if (options_.rank == first || Clock::now() - *noticed_ > kOthersWait) {
      options_.on_stall(*stall);
    }
  } catch (const Error&) {
    // The disk is full or gone. Training goes on without heartbeats.
  }
}

}  // namespace lockstep
