#include "launcher/search/batch_search.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/process/child_stream.h"
#include "launcher/job/host.h"
#include "launcher/report/bytes_text.h"
#include "launcher/search/trial.h"
#include "trainer/lane/numerics.h"

namespace lockstep {
namespace {

/// What a child says of one batch.
struct Measured {
  int batch = 0;
  double images_per_second = 0;
  std::uint64_t memory = 0;  ///< bytes at the peak, of the device
};

Measured measure(const BatchSearchJob& job, int batch, RankContext& context) {
  using Clock = std::chrono::steady_clock;
  constexpr int kLeastSteps = 3;
  Config config = job.config;
  config.train.batch = batch;
  config.train.lanes = 1;
  config.train.overfit_batches = 0;
  Trial trial(config, context);
  trial.begin();
  trial.step({});  // chooses kernels, and fills the caches
  const Clock::time_point begin = Clock::now();
  std::chrono::duration<double> passed{};
  int steps = 0;
  while (steps < kLeastSteps || passed.count() < job.seconds) {
    trial.step({});
    ++steps;
    passed = Clock::now() - begin;
  }
  return {batch, batch * steps / passed.count(), peak_memory(trial.device())};
}

/// On GPUs the address space says nothing of memory. CUDA is not asked here: a process that has
/// begun with it cannot give it to children.
ChildLimits limits_for(const Config& config) {
  constexpr std::uint64_t kAny = std::uint64_t{1} << 46;
  const bool on_gpu =
      config.train.device != "cpu" && std::filesystem::exists("/proc/driver/nvidia/version");
  return {.memory_bytes = on_gpu ? kAny : available_memory(),
          .silence = std::chrono::minutes(10),
          .advice = "killed by hand, or out of memory: see `dmesg`"};
}

std::string rate_text(double images_per_second) {
  return images_per_second < 1000 ? fmt::format("{:.4g}", images_per_second)
                                  : fmt::format("{:.0f}", images_per_second);
}

/// The first line of what ended a batch.
std::string reason_of(const Error& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

/// The smallest batch that is nearly as fast as the fastest: larger ones gain nothing.
const Measured& best_of(const std::vector<Measured>& all) {
  constexpr double kNearly = 0.95;
  const double most = std::ranges::max(all, {}, &Measured::images_per_second).images_per_second;
  return *std::ranges::find_if(
      all, [&](const Measured& one) { return one.images_per_second >= kNearly * most; });
}

}  // namespace

ExitCode run_batch_search(const BatchSearchJob& job,
                          const std::function<RankContext&()>& start_rank) {
  fmt::print("{:<12}{:<14}{}\n", "train.batch", "images/s", "memory");
  std::vector<Measured> all;
  std::string end = fmt::format("--max {} is reached", job.most);
  for (int batch = 1; batch <= job.most; batch *= 2) {
    ChildStream child(fmt::format("a lane of {} samples", batch), limits_for(job.config),
                      [&](const ChildStream::Send& send) {
                        const Measured result = measure(job, batch, start_rank());
                        send(std::as_bytes(std::span(&result, 1)));
                      });
    try {
      all.push_back(child.next_value<Measured>());
    } catch (const Error& error) {
      if (all.empty()) throw;
      end = fmt::format("{} is too many: {}", batch, reason_of(error));
      break;
    }
    fmt::print("{:<12}{:<14}{}\n", batch, rate_text(all.back().images_per_second),
               bytes_text(all.back().memory));
    std::fflush(stdout);
  }
  const Measured& best = best_of(all);
  fmt::print(
      "{}\nthe largest that was tried and fits: train.batch={}; nearly as fast as any, with the "
      "least "
      "memory: train.batch={}\n",
      end, all.back().batch, best.batch);
  return ExitCode::ok;
}

}  // namespace lockstep
