// What one sample costs between the pack's bytes and the network's input, on one core.
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "sharding/feed/batch_loader.h"

namespace lockstep {
namespace {

/// Raw images in memory, so that only the work on pixels is measured.
class MemoryDataset : public Dataset {
 public:
  MemoryDataset(std::uint32_t side, std::uint8_t channels)
      : record_{.size = side * side * channels,
                .height = side,
                .width = side,
                .channels = channels},
        bytes_(record_.size, std::byte{100}) {}

  std::uint64_t size() const override { return 60'000; }
  Encoding encoding() const override { return Encoding::raw; }
  LabelType label_type() const override { return {}; }
  void read(std::uint64_t id, Sample& sample) const override {
    sample.record = record_;
    sample.bytes = bytes_;
    sample.label = static_cast<std::int64_t>(id % 10);
  }
  std::string describe(std::uint64_t id) const override { return std::to_string(id); }

 private:
  SampleRecord record_;
  std::vector<std::byte> bytes_;
};

/// Arguments: the images' side, their channels, the network's input side.
void augmented_sample(benchmark::State& state) {
  const auto side = static_cast<int>(state.range(2));
  const auto channels = static_cast<std::uint8_t>(state.range(1));
  BatchLoaderOptions options;
  options.height = side;
  options.width = side;
  options.channels = channels;
  options.mean = {0.5f};
  options.std = {0.25f};
  options.augment = {.crop_padding = 4, .flip = FlipKind::horizontal};
  options.workers = 0;
  const int batch = 64;
  BatchLoader loader(
      std::make_shared<MemoryDataset>(static_cast<std::uint32_t>(state.range(0)), channels),
      options,
      training_batches({.samples = 60'000, .seed = 1, .batch = batch, .lanes = 1, .last_lane = 1}));
  for (auto _ : state) benchmark::DoNotOptimize(loader.next());
  state.SetItemsProcessed(state.iterations() * batch);
}
BENCHMARK(augmented_sample)->Args({28, 1, 28})->Args({32, 3, 32})->Args({256, 3, 224});

}  // namespace
}  // namespace lockstep

BENCHMARK_MAIN();
