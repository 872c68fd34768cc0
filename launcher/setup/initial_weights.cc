#include "launcher/setup/initial_weights.h"

#include <vector>

#include "checkpoint/agreement.h"
#include "checkpoint/format.h"
#include "checkpoint/selection.h"
#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/json_parse.h"
#include "launcher/config/config_yaml.h"
#include "launcher/setup/exported_model.h"
#include "models/weights/input_preset.h"
#include "models/weights/load_weights.h"
#include "trainer/tensor_io.h"
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

/// For rank 0: what the file says of itself, or what is usual for its network.
std::optional<WeightsInput> find_input(const WeightFile& file, const ModelOptions& options) {
  if (file.metadata.contains(kExportedKey)) {
    const InputSpec input = read_export_metadata(file.metadata, file.path).input;
    return WeightsInput{input.height, input.mean, input.std, "as the file says"};
  }
  const NameStyle style = find_name_style(file, options);
  const auto preset = input_preset(style, find_model(options.name));
  if (!preset) return std::nullopt;
  return WeightsInput{preset->side,
                      {preset->mean.begin(), preset->mean.end()},
                      {preset->std.begin(), preset->std.end()},
                      fmt::format("as is usual for weights with {}'s names", name_of(style))};
}

/// Collective: rank 0's, on every rank.
std::optional<WeightsInput> shared(const std::optional<WeightsInput>& input,
                                   Communicator& communicator) {
  std::string text;
  if (input) text = nlohmann::json{input->side, input->mean, input->std, input->known_from}.dump();
  text = broadcast_text(communicator, std::move(text), 0);
  if (text.empty()) return std::nullopt;
  const auto json = parse_json<nlohmann::json>(text, ExitCode::internal);
  return WeightsInput{json[0].get<int>(), json[1].get<std::vector<float>>(),
                      json[2].get<std::vector<float>>(), json[3].get<std::string>()};
}

}  // namespace

InitialWeights read_initial_weights(const ModelOptions& options, Communicator& communicator) {
  InitialWeights weights;
  if (options.weights.empty()) return weights;
  const fs::path path = options.weights;
  const bool is_root = communicator.rank() == 0;
  if (names_directory(path)) {
    const ChosenCheckpoint chosen = choose_checkpoint(communicator, path, check_training_state);
    const WeightsOf whose = options.weights_ema ? WeightsOf::average : WeightsOf::model;
    weights.hash = chosen.checkpoint.manifest.state_digest + (options.weights_ema ? " ema" : "");
    weights.source = message("{} ({}{})", chosen.checkpoint.directory, chosen.reason,
                             weights_note(chosen.checkpoint, whose));
    const InputSpec input = read_training_state(chosen.checkpoint).input;
    weights.input = WeightsInput{input.height, input.mean, input.std, "as they were"};
    const std::vector<TensorView> tensors = model_tensors(chosen.checkpoint, whose);
    if (is_root) {
      weights.file = copy_weights(tensors, chosen.checkpoint.directory);
      weights.file->network =
          parse_config(chosen.checkpoint.manifest.config, "the checkpoint's config").model.name;
    }
    return weights;
  }
  do_together(communicator, [&] {
    check(!options.weights_ema, ExitCode::usage,
          "model.weights_ema is for a run or a checkpoint, and '{}' is none", path);
    if (!is_root) return;
    std::error_code error;
    check(
        fs::exists(path, error), ExitCode::usage,
        "no weights at '{}': it is not a run, a checkpoint or a file. docs/weights.md says how to "
        "get them; `model.weights=` (nothing) begins without",
        path);
    const fs::path folder = fs::absolute(path).parent_path();
    check(!fs::exists(folder / kManifestFile, error), ExitCode::usage,
          "'{}' is a part of a checkpoint, which knows what its network is fed with: give the "
          "checkpoint, '{}'",
          path, folder);
    weights.file = read_weight_file(path);
    weights.hash = weights.file->hash;
    if (weights.file->metadata.contains(kExportedKey)) {
      weights.file->network =
          read_export_metadata(weights.file->metadata, weights.file->path).config.model.name;
    }
    if (!options.name.empty()) weights.input = find_input(*weights.file, options);
  });
  weights.input = shared(weights.input, communicator);
  weights.hash = broadcast_text(communicator, std::move(weights.hash), 0);
  weights.source = message("{} (hash {})", path, weights.hash);
  return weights;
}

std::string take_input(const InitialWeights& weights, Config& config) {
  if (config.data.normalise != Normalise::pack) {
    return fmt::format("data.normalise: {}", name_of(config.data.normalise));
  }
  if (!config.data.mean.empty()) return "data.mean, data.std";
  if (!weights.input) return "the pack's";
  config.data.mean = weights.input->mean;
  config.data.std = weights.input->std;
  return fmt::format("those of model.weights, {}, at {}x{} pixels", weights.input->known_from,
                     weights.input->side, weights.input->side);
}

void load_initial_weights(const InitialWeights& weights, const ModelOptions& options,
                          MissingWeights missing, FlatModel& model, Communicator& communicator,
                          spdlog::logger& log) {
  if (weights.hash.empty()) return;
  std::vector<std::string> notes;
  do_together(communicator, [&] {
    if (!weights.file) return;
    notes = load_weights(*weights.file, options, missing, model.model());
  });
  const at::NoGradGuard no_grad;
  for (at::Tensor* flat :
       {&model.parameters(), &model.frozen(), &model.buffers(), &model.integers()}) {
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
