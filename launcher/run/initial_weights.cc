#include "launcher/run/initial_weights.h"

#include <vector>

#include "checkpoint/agreement.h"
#include "checkpoint/selection.h"
#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "models/weights/load_weights.h"
#include "trainer/training_state.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

bool names_directory(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

/// Collective. The root's elements, on every rank.
void broadcast(at::Tensor& flat, Communicator& communicator) {
  at::Tensor host = flat.cpu();  // the tensor itself where it is on the host
  communicator.broadcast({static_cast<std::byte*>(host.mutable_data_ptr()), host.nbytes()}, 0);
  if (!flat.is_cpu()) flat.copy_(host);
}

}  // namespace

InitialWeights read_initial_weights(const ModelOptions& options, Communicator& communicator) {
  InitialWeights weights;
  if (options.weights.empty()) return weights;
  const fs::path path = options.weights;
  const bool is_root = communicator.rank() == 0;
  if (names_directory(path)) {
    const ChosenCheckpoint chosen = choose_checkpoint(communicator, path, check_training_state);
    weights.hash = chosen.checkpoint.manifest.state_digest;
    weights.source = message("{} ({})", chosen.checkpoint.directory, chosen.reason);
    if (is_root) weights.file = copy_weights(chosen.checkpoint.model, chosen.checkpoint.directory);
    return weights;
  }
  do_together(communicator, [&] {
    if (!is_root) return;
    std::error_code error;
    check(fs::exists(path, error), ExitCode::usage,
          "model.weights '{}' does not exist; it is a run, a checkpoint or a file", path);
    weights.file = read_weight_file(path);
    weights.hash = weights.file->hash;
  });
  weights.hash = broadcast_text(communicator, std::move(weights.hash), 0);
  weights.source = message("{} (hash {})", path, weights.hash);
  return weights;
}

void load_initial_weights(const InitialWeights& weights, const ModelOptions& options,
                          FlatModel& model, Communicator& communicator, spdlog::logger& log) {
  if (weights.hash.empty()) return;
  std::vector<std::string> notes;
  do_together(communicator, [&] {
    if (!weights.file) return;
    notes = load_weights(*weights.file, options,
                         options.weights_partial ? MissingWeights::left : MissingWeights::refused,
                         model.model());
  });
  const at::NoGradGuard no_grad;
  for (at::Tensor* flat : {&model.parameters(), &model.buffers(), &model.integers()}) {
    broadcast(*flat, communicator);
  }
  model.rebase_buffers();
  if (communicator.rank() != 0) return;
  log.info("the weights are those of {}", weights.source);
  for (const std::string& note : notes) log.info(message("weights: {}", note));
}

void check_same_weights(const fs::path& path, const std::string& began_with) {
  if (path.empty()) return;
  std::error_code error;
  std::string hash;
  if (fs::is_regular_file(path, error)) {
    const std::string content = read_file(path, ExitCode::usage);
    hash = xxh3_128_hex(std::as_bytes(std::span(content)));
  }
  check(!hash.empty() && hash == began_with, ExitCode::usage,
        "model.weights '{}' is not what the run began with: leave it out to continue the run, or "
        "begin a new one with another run.dir",
        path);
}

}  // namespace lockstep
