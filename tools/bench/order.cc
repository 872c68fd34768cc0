// What one index of the epoch's order costs, and what one step's plan does.
#include <benchmark/benchmark.h>

#include "sharding/batch_plan.h"
#include "sharding/epoch_order.h"

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

void batch_of_training_plan(benchmark::State& state) {
  const BatchPlan plan =
      training_plan({.samples = 1'000'000'000, .seed = 1, .batch = 64, .lanes = 8, .last_lane = 8});
  std::uint64_t k = 0;
  for (auto _ : state) benchmark::DoNotOptimize(plan(k++));
}
BENCHMARK(batch_of_training_plan);

}  // namespace
}  // namespace lockstep

BENCHMARK_MAIN();
