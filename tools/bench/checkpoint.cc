// How long training stands still for a checkpoint, and how long the checkpoint takes behind it.
//     bench_checkpoint --megabytes 100 --in DIRECTORY
// The state is that of a network of 3 x 3 convolutions and SGD with momentum, all that the program
// itself does with it. Prints one JSON object of medians, in milliseconds: `memcpy` copies the same
// bytes between memory that both sides have used before; `first_stall` has to get its memory first.
// `hash` is what a rank that does not write does in the place of the copy. `one_writer` and
// `two_writers` write and sync the tensors: one thread all, or two at once half of them each, which
// is what two ranks could do.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <ATen/ops/empty.h>
#include <ATen/ops/rand.h>
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "checkpoint/store.h"
#include "comm/communicator/communicator.h"
#include "core/storage/safetensors.h"
#include "launcher/job/host.h"
#include "trainer/commit_source.h"
#include "trainer/lane/flat_layout.h"
#include "trainer/lane/numerics.h"
#include "trainer/plan.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

double milliseconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.at(values.size() / 2);
}

/// Parameters and momentum of convolutions and their norms, so many megabytes together.
class State {
 public:
  explicit State(std::int64_t megabytes) {
    constexpr std::int64_t kWidth = 256;
    const std::int64_t blocks = megabytes * 1'000'000 / 8 / (kWidth * kWidth * 9);
    for (std::int64_t i = 0; i < std::max<std::int64_t>(blocks, 1); ++i) {
      append(layout_, fmt::format("layers.{}.conv.weight", i),
             at::empty({kWidth, kWidth, 3, 3}, at::kFloat));
      append(layout_, fmt::format("layers.{}.norm.weight", i), at::empty({kWidth}, at::kFloat));
    }
    parameters_ = at::rand({layout_.elements}, at::kFloat);
    momentum_ = at::rand({layout_.elements}, at::kFloat);
  }

  StateParts parts() const {
    return {.model = {{parameters_, &layout_, ""}},
            .optimizer = {{momentum_, &layout_, "momentum."}}};
  }
  std::vector<at::Tensor> flats() const { return {parameters_, momentum_}; }
  std::size_t bytes() const { return parameters_.nbytes() + momentum_.nbytes(); }

 private:
  FlatLayout layout_;
  at::Tensor parameters_, momentum_;
};

/// What the training state is, beside the tensors.
TrainingState small_state() {
  TrainOptions options;
  options.lanes = 1;
  const InputSpec input{
      .height = 224, .width = 224, .channels = 3, .mean = {0, 0, 0}, .std = {1, 1, 1}};
  const TaskSpec task{
      .kind = TaskKind::classification, .names = {"a", "b"}, .target_mean = {}, .target_std = {}};
  return begin_state(make_plan(options, {}, {}, 1'000'000, 1), input, task);
}

double time_memcpy(const State& state, std::vector<at::Tensor>& copies) {
  const std::vector<at::Tensor> flats = state.flats();
  return milliseconds_of([&] {
    for (std::size_t i = 0; i < flats.size(); ++i) {
      std::memcpy(copies[i].mutable_data_ptr(), flats[i].const_data_ptr(), flats[i].nbytes());
    }
  });
}

/// Writes the tensors with so many threads, each a file of its own.
double time_writers(const State& state, std::size_t writers, const fs::path& directory) {
  std::vector<TensorView> views = views_in_memory(state.parts().model);
  for (TensorView& view : views_in_memory(state.parts().optimizer)) views.push_back(view);
  fs::create_directories(directory);
  const double time = milliseconds_of([&] {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < writers; ++i) {
      const std::size_t begin = views.size() * i / writers, end = views.size() * (i + 1) / writers;
      threads.emplace_back([&, i, part = std::span(views).subspan(begin, end - begin)] {
        write_safetensors(directory / fmt::format("{}.safetensors", i), part);
      });
    }
  });
  fs::remove_all(directory);
  return time;
}

std::string measure(std::int64_t megabytes, int saves, const fs::path& directory) {
  const State state(megabytes);
  const auto communicator = make_single_communicator();
  spdlog::logger log("silent");
  CheckpointStore store(directory / "checkpoints", *communicator, log, {.keep = 1});
  const auto copy = std::make_shared<StateCopy>();
  TrainingState training = small_state();
  std::vector<at::Tensor> copies;
  for (const at::Tensor& flat : state.flats()) copies.push_back(flat.clone());

  std::vector<double> copied, stalled, hashed, taken, one, two;
  double first = 0;
  for (int save = 0; save <= saves; ++save) {
    const auto begin = std::chrono::steady_clock::now();
    const double stall = milliseconds_of([&] {
      store.begin_commit(commit_source(training, state.parts(), {}, copy, /*writes=*/true));
    });
    store.finish_commit();
    const std::chrono::duration<double, std::milli> all = std::chrono::steady_clock::now() - begin;
    fs::remove_all(directory / "checkpoints/step_00000000");
    const double memcpy_time = time_memcpy(state, copies);
    if (save == 0) {
      first = stall;
      continue;
    }
    stalled.push_back(stall);
    taken.push_back(all.count());
    copied.push_back(memcpy_time);
    hashed.push_back(milliseconds_of([&] { memory_digest(state.parts()); }));
    one.push_back(time_writers(state, 1, directory / "one"));
    two.push_back(time_writers(state, 2, directory / "two"));
  }
  return fmt::format(
      R"({{"megabytes": {:.1f}, "memcpy": {:.2f}, "stall": {:.2f}, "first_stall": {:.2f}, )"
      R"("hash": {:.2f}, "all": {:.1f}, "one_writer": {:.1f}, "two_writers": {:.1f}}})",
      static_cast<double>(state.bytes()) / 1e6, median(copied), median(stalled), first,
      median(hashed), median(taken), median(one), median(two));
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  std::int64_t megabytes = 100;
  int saves = 5;
  std::string directory;
  CLI::App app("How long training stands still for a checkpoint");
  app.add_option("--megabytes", megabytes, "of the state")->check(CLI::PositiveNumber);
  app.add_option("--saves", saves)->check(CLI::PositiveNumber);
  app.add_option("--in", directory, "a directory of the disk that is meant")->required();
  CLI11_PARSE(app, argc, argv);
  lockstep::keep_freed_memory();  // as the program does
  lockstep::make_deterministic(1);
  fmt::print("{}\n", lockstep::measure(megabytes, saves, directory));
}
