// From a file of weights to a network's parameters, as `lockstep train` begins with
// `model.weights`, or the reading of the file alone, once in this process. weights.py runs it in
// turn with PyTorch.
#include <chrono>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "comm/communicator/communicator.h"
#include "core/file.h"
#include "launcher/job/host.h"
#include "launcher/setup/initial_weights.h"
#include "models/make_model.h"
#include "trainer/lane/flat_model.h"
#include "trainer/lane/numerics.h"

int main(int argc, char** argv) {
  using namespace lockstep;
  ModelOptions options;
  bool only_reads = false;
  CLI::App app("Times the loading of weights");
  app.add_option("--model", options.name)->required();
  app.add_option("--weights", options.weights)->required();
  app.add_flag("--read", only_reads, "Read the file alone");
  CLI11_PARSE(app, argc, argv);

  keep_freed_memory();  // as the program does
  make_deterministic(1);
  const auto communicator = make_single_communicator();
  const auto log = std::make_shared<spdlog::logger>("silent");
  FlatModel model(
      make_model(options, {.channels = 3, .outputs = 1000, .height = 224, .width = 224}, 1),
      at::kCPU, 0);
  const auto begin = std::chrono::steady_clock::now();
  if (only_reads) {
    read_file(options.weights, ExitCode::data);
  } else {
    const InitialWeights weights = read_initial_weights(options, *communicator);
    load_initial_weights(weights, options, MissingWeights::exact, model, *communicator, *log);
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  fmt::print("{{\"milliseconds\": {}}}\n", took.count());
}
