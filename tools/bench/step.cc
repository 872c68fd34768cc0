// Training steps of one network on one rank: forward, backward and the optimizer, on the code that
// `lockstep train` runs; and the hash by which ranks compare what they hold. step.py runs it in
// turn with PyTorch.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "comm/communicator/communicator.h"
#include "comm/reduction/make_lane_reducer.h"
#include "launcher/job/host.h"
#include "models/make_model.h"
#include "trainer/lane/numerics.h"
#include "trainer/optimizer/make_optimizer.h"
#include "trainer/state_copy.h"
#include "trainer/step/step_runner.h"
#include "trainer/task/make_task.h"

namespace {

using namespace lockstep;

/// Images of noise of one size.
class Noise final : public Dataset {
 public:
  Noise(std::uint64_t size, int side) : size_(size), side_(static_cast<std::uint32_t>(side)) {
    std::uint64_t state = 1;
    pixels_.resize(std::size_t{3} * side_ * side_);
    for (std::byte& pixel : pixels_) {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      pixel = static_cast<std::byte>(state >> 56);
    }
  }
  std::uint64_t size() const override { return size_; }
  Encoding encoding() const override { return Encoding::raw; }
  LabelType label_type() const override { return {LabelKind::int64, 1}; }
  std::string describe(std::uint64_t id) const override { return fmt::format("image {}", id); }
  void read(std::uint64_t id, Sample& sample) const override {
    sample.record = {.offset = 0,
                     .size = static_cast<std::uint32_t>(pixels_.size()),
                     .height = side_,
                     .width = side_,
                     .channels = 3,
                     .hash = 0};
    sample.bytes = pixels_;
    sample.label = static_cast<std::int64_t>(id % 1000);
  }

 private:
  std::uint64_t size_;
  std::uint32_t side_;
  std::vector<std::byte> pixels_;
};

/// VmHWM, in MiB.
double peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  ModelOptions options;
  int side = 224, batch = 16, steps = 8, threads = 1;
  CLI::App app("Times training steps");
  app.add_option("--model", options.name)->required();
  app.add_option("--side", side);
  app.add_option("--batch", batch);
  app.add_option("--steps", steps);
  app.add_option("--threads", threads);
  app.add_flag("--checkpointing", options.checkpointing);
  CLI11_PARSE(app, argc, argv);

  keep_freed_memory();  // as the program does
  make_deterministic(threads);
  const auto communicator = make_single_communicator();
  TaskSpec spec{.kind = TaskKind::classification, .names = {}, .target_mean = {}, .target_std = {}};
  for (int i = 0; i < 1000; ++i) spec.names.push_back(std::to_string(i));
  const std::unique_ptr<Task> task = make_task(spec);
  FlatModel model(
      make_model(options, {.channels = 3, .outputs = 1000, .height = side, .width = side}, 1),
      at::kCPU, task->tail().elements());
  const std::unique_ptr<Optimizer> optimizer =
      make_optimizer({}, {model.parameters(), model.parameter_layout()});
  const std::unique_ptr<LaneReducer> reducer = make_lane_reducer(
      *communicator, {.kind = ReductionKind::exact, .lanes = 1, .elements = model.lane_elements()},
      nullptr);
  StepRunner runner({},
                    {.model = model, .task = *task, .optimizer = *optimizer, .reducer = *reducer});
  BatchLoaderOptions loader;
  loader.height = loader.width = side;
  loader.mean = {0.5f};
  loader.std = {0.25f};
  loader.workers = 0;
  const auto size = static_cast<std::uint64_t>(batch);
  BatchFeed feed(std::make_shared<Noise>(size, side), loader,
                 training_batches({.samples = size, .batch = batch, .lanes = 1, .last_lane = 1}),
                 at::kCPU);
  const auto milliseconds_since = [](std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
        .count();
  };
  std::vector<double> milliseconds, hash_milliseconds;
  for (int step = 0; step < steps + 2; ++step) {  // two to warm up
    const auto begin = std::chrono::steady_clock::now();
    runner.begin(feed, step, {.rate = 1e-3}, {});
    runner.end();
    if (step < 2) continue;
    milliseconds.push_back(milliseconds_since(begin));
    const auto hash_begin = std::chrono::steady_clock::now();
    (void)memory_digest(state_parts(model, *optimizer, nullptr));
    hash_milliseconds.push_back(milliseconds_since(hash_begin));
  }
  const auto median = [&](std::vector<double>& values) {
    std::ranges::nth_element(values, values.begin() + steps / 2);
    return values[static_cast<std::size_t>(steps) / 2];
  };
  fmt::print("{{\"milliseconds\": {}, \"peak_mib\": {}, \"hash_milliseconds\": {}}}\n",
             median(milliseconds), peak_mib(), median(hash_milliseconds));
}
