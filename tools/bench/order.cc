// What one index of the epoch's order costs, what one step's plan does, and how well orders mix.
#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include <benchmark/benchmark.h>

#include "sharding/feed/batch_plan.h"
#include "sharding/feed/epoch_order.h"
#include "sharding/feed/sample_order.h"

namespace lockstep {
namespace {

/// The worst n lies just above a power of two: half of the walks land outside.
void index_of_order(benchmark::State& state) {
  const auto n = static_cast<std::uint64_t>(state.range(0));
  const EpochOrder order(n, 1, 0);
  std::uint64_t position = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(order[position]);
    if (++position == n) position = 0;
  }
}
BENCHMARK(index_of_order)->Arg(60'000)->Arg(1'000'000'000)->Arg((1 << 30) + 1);

void training_batch(benchmark::State& state) {
  const BatchPlan plan = training_batches(
      {.samples = 1'000'000'000, .seed = 1, .batch = 64, .lanes = 8, .last_lane = 8});
  std::uint64_t k = 0;
  for (auto _ : state) benchmark::DoNotOptimize(plan(k++));
}
BENCHMARK(training_batch);

/// How well an order mixes a split that is sorted by class: the different classes in a global batch
/// of 256, on average and at least. Arguments: block and window; 0: the full shuffle.
void mixing_of_sorted_classes(benchmark::State& state) {
  constexpr std::uint64_t samples = 1'280'000, classes = 1'000, batch = 256;
  const BlockShuffleOptions options{static_cast<std::uint64_t>(state.range(0)),
                                    static_cast<std::uint64_t>(state.range(1))};
  const auto order =
      options.block_samples == 0 ? full_shuffle(samples, 1) : block_shuffle(samples, 1, options);
  std::vector<std::uint64_t> ids(batch);
  std::uint64_t distinct = 0, least = batch, batches = 0;
  for (auto _ : state) {
    for (std::uint64_t first = 0; first + batch <= samples; first += batch, ++batches) {
      order->take(0, first, ids);
      std::set<std::uint64_t> present;
      for (const std::uint64_t id : ids) present.insert(id * classes / samples);
      distinct += present.size();
      least = std::min<std::uint64_t>(least, present.size());
    }
  }
  state.counters["classes"] = static_cast<double>(distinct) / static_cast<double>(batches);
  state.counters["least"] = static_cast<double>(least);
  state.SetItemsProcessed(static_cast<std::int64_t>(batches * batch));
}
BENCHMARK(mixing_of_sorted_classes)
    ->Args({0, 0})
    ->Args({64, 64})
    ->Args({64, 256})
    ->Args({64, 1024})
    ->Args({256, 256})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lockstep

BENCHMARK_MAIN();
